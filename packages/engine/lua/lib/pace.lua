-- How refused calls hold a batch back whose queue is under no limit. Refusals in a row pause the batch, and after the
-- pause one task probes. Once the upstream accepts a call, the batch starts calls at a pace: at first what the upstream
-- accepted before, and slowly more, until a call is refused. All times are in ms.
--
--     open ──(refusals in a row)──► paused ──(time)──► probing ──(accepted)──► paced
--                                     ▲                   │                      │
--                                     └─────(refused)─────┴──────(refused)───────┘
--
-- A call that was leased before the last pause says nothing new, so that a burst of refusals counts once.
--
-- Simulations against token buckets, sliding and fixed windows and limits of concurrency gave the constants: with pauses
-- included, 88% to 100% of a limit of unknown size is used, and 1% to 3% of the calls are refused (docs/adr/0014).

-- So many refusals in a row pause a batch that has no pace, and twice as many each time a pace has not helped.
local MANY_REFUSALS, MAX_DOUBLINGS = 5, 3

-- The first pause. Each further one is twice as long, up to the greatest delay of the retry policy.
local MIN_BACKOFF = 250

-- A probe that has not been reported for this long has died with its worker.
local PROBE_LIFE = 30000

-- A pace begins at this share of what was accepted, pauses included.
local MARGIN = 0.95
-- Until there is a pace, acceptances count for about this long; later, until there are so many of them.
local MEMORY, MANY_ACCEPTED = 60000, 50
-- From fewer acceptances no pace can be learned, nor from a longer time: the upstream may have been down.
local FEW_ACCEPTED, LONGEST_MEASURE = 10, 300000

-- A refusal lowers the pace to this share or less, and at most to a half for each refusal in a row, of three.
local DECREASE, MAX_HALVINGS = 0.9, 3
-- Each start raises the pace by this much for each start since the last refusal, of which one a second counts.
local GROWTH = 0.00003

-- A pace that has not brought so many acceptances between pauses, so often in a row, does not help: refusals that come
-- at any pace, as from one of several upstreams, would lower it forever. Above a call a second, more are needed: an
-- upstream that refuses a tenth of all calls often accepts 20 in a row.
local ENOUGH_ACCEPTED, ENOUGH_WITHIN, MAX_VAIN = { slow = 20, fast = 40 }, 30000, 8

-- Starts that were missed are made up for if they are not older.
local CATCH_UP = 50

-- Waiting tickets return one by one at this distance, or at the distance of starts. No ticket waits longer than this.
local RETURN_EVERY, RETRY_PROBE_AFTER, LONGEST_WAIT = 10, 1000, 60000
-- A ticket that returns later than this share of an interval is late for its start.
local PUNCTUAL = 0.05

-- How this call has changed the pace: "none", or "paused" for so many ms, or "reopened" at so many starts per second; and
-- 1 if the batch had no pace before.
local pace_change = { 'none', 0, 0 }

local function last_pace_change()
  return unpack(pace_change)
end

local function forget_refusals(batch, now)
  batch.refusals, batch.row_from, batch.backoff, batch.probe_until, batch.prober = 0, 0, 0, 0, 0
  batch.pace, batch.growth, batch.next_start, batch.vain, batch.dropped = 0, 0, 0, 0, 0
  batch.accepted, batch.measured_from, batch.refused_at = 0, now, now
end

-- Times in the future are left by a clock that was set back.
local function follow_clock(batch, now)
  if batch.refused_at > now then batch.refused_at = now - 1 end
  if batch.row_from > now then batch.row_from = now - 1 end
  if batch.probe_until > now + PROBE_LIFE then batch.probe_until = 0 end
  if batch.pace > 0 and batch.next_start > now + CATCH_UP + 2000 / batch.pace then batch.next_start = now end
end

local function longest_backoff(batch)
  return math.max(batch.max_delay_ms, MIN_BACKOFF)
end

local function first_backoff(batch)
  local interval = batch.pace > 0 and 1000 / batch.pace or 0
  return math.min(math.max(batch.min_delay_ms, MIN_BACKOFF, interval), longest_backoff(batch))
end

-- Pause --------------------------------------------------------------------------------------------------------------

local function pause_until(batch, time)
  batch.paused_until = math.max(batch.paused_until, math.ceil(time))
end

local function pause(batch, now)
  local is_open = batch.pace == 0 and batch.backoff == 0
  batch.backoff = batch.backoff == 0 and first_backoff(batch) or math.min(2 * batch.backoff, longest_backoff(batch))
  batch.refused_at, batch.probe_until, batch.prober = now, 0, 0
  pause_until(batch, now + batch.backoff)
  pace_change = { 'paused', batch.paused_until - now, is_open and 1 or 0 }
end

local function has_enough_refusals(batch)
  return batch.pace > 0 or batch.backoff > 0 or batch.refusals >= MANY_REFUSALS * 2 ^ batch.dropped
end

-- Records a refused call. The upstream named the time `pause_ms`, or none if that is 0.
local function note_refusal(batch, now, since, pause_ms)
  if pause_ms > 0 then pause_until(batch, now + pause_ms) end
  if since <= batch.refused_at then return end
  if batch.refusals == 0 then batch.row_from = now end
  batch.refusals = batch.refusals + 1
  if has_enough_refusals(batch) then return pause(batch, now) end
  -- A named pause needs no probe. Refusals after each of several such pauses in a row do.
  if pause_ms > 0 then batch.refused_at = now end
end

-- Reopen -------------------------------------------------------------------------------------------------------------

local function first_pace(batch, now)
  local age = math.max(1, math.min(now - batch.measured_from, LONGEST_MEASURE))
  local measured = MARGIN * batch.accepted * 1000 / age
  if batch.accepted >= FEW_ACCEPTED then return measured end
  return math.max(measured, 1000 / first_backoff(batch))
end

local function lowered_pace(batch, now)
  local measured = MARGIN * batch.accepted * 1000 / math.max(1, now - batch.measured_from)
  local least = batch.pace / 2 ^ math.min(batch.refusals, MAX_HALVINGS)
  return math.min(batch.pace * DECREASE, math.max(measured, least))
end

-- Whether the upstream accepted so much since the last pause that the pace seems to be about what it allows.
local function has_helped(batch, now)
  local is_slow = now - batch.measured_from > ENOUGH_WITHIN
  return batch.accepted > (is_slow and ENOUGH_ACCEPTED.slow or ENOUGH_ACCEPTED.fast)
end

local function next_pace(batch, now)
  if batch.pace == 0 then return first_pace(batch, now) end
  if has_helped(batch, now) then
    batch.vain, batch.dropped = 0, 0
  else
    batch.vain = batch.vain + 1
  end
  if batch.vain < MAX_VAIN then return lowered_pace(batch, now) end
  batch.vain, batch.dropped = 0, math.min(batch.dropped + 1, MAX_DOUBLINGS)
  return 0
end

local function reopen(batch, now)
  local is_first, pace = batch.pace == 0, next_pace(batch, now)
  batch.pace = pace == 0 and 0 or math.max(pace, 1000 / longest_backoff(batch))
  batch.next_start = pace == 0 and 0 or now + 1000 / batch.pace
  batch.backoff, batch.probe_until, batch.prober, batch.growth = 0, 0, 0, 0
  batch.accepted, batch.measured_from = 0, now
  pace_change = { 'reopened', string.format('%.3f', batch.pace), is_first and 1 or 0 }
end

-- What was accepted long ago counts less and less.
local function forget_acceptances(batch, now)
  if batch.measured_from == 0 then batch.measured_from = batch.started_at end
  if batch.backoff > 0 or batch.pace > 0 and batch.accepted <= MANY_ACCEPTED then return end
  while now - batch.measured_from > MEMORY do
    batch.measured_from = now - math.floor((now - batch.measured_from) / 2)
    batch.accepted = batch.accepted / 2
  end
end

-- Records accepted calls: any answer but a refusal. A call that was leased before a row of refusals began does not end the
-- row, because the upstream may have refused every call since.
local function note_acceptances(batch, now, since, count)
  forget_acceptances(batch, now)
  batch.accepted = batch.accepted + count
  if since <= batch.refused_at then return end
  if batch.backoff > 0 then reopen(batch, now) end
  if since >= batch.row_from or batch.pace > 0 then batch.refusals = 0 end
end

-- A probe has ended, perhaps without an answer. Another task may probe.
local function end_probe(batch, ticket)
  if batch.prober == ticket + 1 then batch.probe_until, batch.prober = 0, 0 end
end

-- Start --------------------------------------------------------------------------------------------------------------

-- Returns how many tasks may start now: none if it is 0 or less.
local function startable(batch, now)
  if batch.paused_until > now or batch.start_at > now then return 0 end
  if batch.backoff > 0 then return batch.probe_until <= now and 1 or 0 end
  if batch.pace == 0 then return math.huge end
  return 1 + math.floor(math.min(now - batch.next_start, CATCH_UP) * batch.pace / 1000)
end

local function note_starts(batch, now, ticket, count)
  if batch.backoff > 0 then batch.prober, batch.probe_until = ticket + 1, now + PROBE_LIFE end
  if batch.backoff > 0 or batch.pace == 0 then return end
  local interval = 1000 / batch.pace
  -- A pace that holds nothing back is not known to be accepted, and does not grow.
  if now - batch.next_start < CATCH_UP + interval then
    local steps = count * math.min(1, interval / 1000)
    batch.growth = batch.growth + steps
    batch.pace = batch.pace * (1 + GROWTH * batch.growth * steps)
  end
  batch.next_start = math.max(batch.next_start, now - CATCH_UP) + count * interval
end

-- The line of waiting tickets has a place for each start: the next one, if no ticket returns in time for it, or the one
-- after the last ticket. Tickets that wait for delayed tasks may be further away than the line can be long.
local function place_in_line(batch, now, waits)
  local interval, start = 1000 / batch.pace, batch.next_start
  if redis.call('ZCOUNT', waits, now + 1, math.ceil(start) + interval * PUNCTUAL) == 0 then return start end
  local longest = start + batch.tickets * interval
  local last = redis.call('ZREVRANGEBYSCORE', waits, longest, now + 1, 'WITHSCORES', 'LIMIT', 0, 1)[2]
  return math.max(start, tonumber(last or 0)) + interval
end

-- Returns when a ticket should ask again that may start nothing now. Tickets that returned together would find a single
-- start.
local function return_time(batch, now, waits)
  if batch.start_at > now then return batch.start_at end
  if batch.backoff == 0 and batch.pace == 0 then return batch.paused_until end
  local spread = math.min(redis.call('ZCOUNT', waits, now + 1, '+inf') * RETURN_EVERY, LONGEST_WAIT)
  if batch.paused_until > now then return batch.paused_until + spread end
  local time = batch.backoff > 0 and now + RETRY_PROBE_AFTER + spread or place_in_line(batch, now, waits)
  return math.min(math.ceil(time), now + LONGEST_WAIT)
end
