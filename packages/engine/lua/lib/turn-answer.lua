-- A part of take-turns, whose variables it uses: the replies to a turn.

local function run_reply(tasks, deadline_ms)
  return { 'run', batch.version, deadline_ms or 0, unpack(tasks) }
end

-- Returns when the ticket may start a task as far as the upstream is concerned.
local function soonest_start()
  if startable(batch, now) > 0 then return now end
  redis.call('ZREM', waits, ticket)
  return return_time(batch, now, waits)
end

local function wait_until(time)
  redis.call('ZADD', waits, time, ticket)
  return { 'wait', time - now }
end

-- Waiting tickets are spread over the delayed tasks, so that each task that falls due wakes one ticket.
local function next_due()
  redis.call('ZREM', waits, ticket)
  local waiting = redis.call('ZCOUNT', waits, now + 1, '+inf')
  local rank = math.min(waiting, redis.call('ZCARD', due) - 1)
  return tonumber(redis.call('ZRANGE', due, rank, rank, 'WITHSCORES')[2])
end

local function rest_reply()
  if tonumber(ticket) >= batch.tickets or batch.pending + batch.delayed == 0 then return { 'retire' } end
  local time = soonest_start()
  if batch.pending == 0 then time = math.max(time, next_due()) end
  if time <= now then return is_handled and { 'wait', 0 } or { 'unhandled' } end
  return wait_until(time)
end

local function idle_reply()
  if batch.state ~= 'active' then return { 'inactive', batch.state } end
  return rest_reply()
end

-- The lost reply may have been the one that had the deadline scheduled. A deadline that is scheduled twice does no harm.
local function runtime_left()
  local limit = criteria.max_batch_runtime_ms
  return limit and math.max(1, batch.runtime_from + limit - now) or 0
end

-- Repeats the first reply. It leases nothing more, whether or not the first call leased anything.
local function repeat_reply()
  if #lease.seqs == 0 and not runs_on() then return idle_reply() end
  local tasks = {}
  -- The first task that a turn with the intent "lease_ahead" holds was running before it.
  local first = intent == 'lease_ahead' and 2 or 1
  if intent == 'lease' or intent == 'reserve' or intent == 'lease_ahead' then
    for i = first, #lease.seqs do
      local seq = lease.seqs[i]
      tasks[#tasks + 1] = seq
      tasks[#tasks + 1] = 1
      tasks[#tasks + 1] = attempts_of(seq)
      tasks[#tasks + 1] = read_envelopes(meta, seq, seq)[1]
    end
  end
  return run_reply(tasks, runtime_left())
end
