-- A part of take-turns, whose variables it uses: a turn settles the outcomes of what its ticket ran.

local settle = {}

function settle.completed(outcome)
  move_tasks(batch, states_key, outcome.seq, outcome.count, 'running', 'completed')
  outcome_records.add(outcome.seq, outcome.records)
  batch.bytes = batch.bytes + outcome.bytes
  for duration, count in string.gmatch(outcome.durations, '(%S+):(%d+)') do
    executions.add(tonumber(duration), tonumber(count))
  end
  count_finished(outcome.seq, outcome.count)
  note_acceptances(batch, now, lease.since, outcome.count)
  batch.consecutive_failures = 0
  if batch.retried > 0 then count_retried(outcome.records) end
  judge_completed(outcome.count, outcome.slowest)
end

function settle.failed(outcome)
  move_tasks(batch, states_key, outcome.seq, 1, 'running', 'failed')
  outcome_records.add(outcome.seq, { outcome.record })
  if outcome.duration_ms then executions.add(outcome.duration_ms, 1) end
  count_finished(outcome.seq, 1)
  count_failure(outcome.failure_class, outcome.group, outcome.seq)
  note_failure(outcome, 'failed')
  if batch.retried > 0 and attempts_of(outcome.seq) > 1 then batch.retried_failed = batch.retried_failed + 1 end
  batch.counted_finished = batch.counted_finished + 1
  batch.counted_failed = batch.counted_failed + 1
  batch.consecutive_failures = batch.consecutive_failures + 1
end

function settle.retry(outcome)
  run_again_at(outcome.seq, 'delayed', now + outcome.delay_ms)
  outcome_records.add(outcome.seq, { outcome.record })
  executions.add(outcome.duration_ms, 1)
  count_failure(outcome.failure_class, outcome.group, outcome.seq)
  note_failure(outcome, 'retry')
  if attempts_of(outcome.seq) == 1 then batch.retried = batch.retried + 1 end
  batch.retries = batch.retries + 1
  batch.consecutive_failures = batch.consecutive_failures + 1
end

-- Counts a postponement of a task. Returns how many there were, and the time of the first.
local function count_postponement(seq)
  local known = redis.call('HGET', postponements, seq) or ('0 ' .. now_text)
  local count, since = string.match(known, '^(%d+) (%d+)$')
  redis.call('HSET', postponements, seq, count + 1 .. ' ' .. since)
  return count + 1, tonumber(since)
end

local function delay_of(outcome, times)
  if outcome.pause_ms > 0 then return outcome.delay_ms end
  return math.min(outcome.delay_ms * 2 ^ (times - 1), math.max(batch.max_delay_ms, outcome.delay_ms))
end

-- The upstream asked to slow down: no attempt is spent, but a task cannot be postponed forever.
function settle.postponed(outcome)
  local times, since = count_postponement(outcome.seq)
  if not outcome.is_limited then note_refusal(batch, now, lease.since, outcome.pause_ms) end
  if now - since >= batch.max_postponed_ms then return settle.failed(outcome) end
  refund_attempt(outcome.seq)
  run_again_at(outcome.seq, 'delayed', now + math.ceil(delay_of(outcome, times)))
  outcome_records.add(outcome.seq, { outcome.record })
  count_failure(outcome.failure_class, outcome.group, outcome.seq)
  note_failure(outcome, 'postponed')
  batch.postponements = batch.postponements + 1
end

local function count_class(failure_class)
  if failure_class == 'rate_limited' then batch.rate_limit_hits = batch.rate_limit_hits + 1 end
  if failure_class == 'overloaded' then batch.concurrency_errors = batch.concurrency_errors + 1 end
end

-- These failures do not show that the upstream accepted the call.
local NOT_ACCEPTED = { rate_limited = true, overloaded = true, network = true, timeout = true, worker_lost = true }

local function settle_failure(outcome)
  settle[outcome.kind](outcome)
  if not NOT_ACCEPTED[outcome.failure_class] then note_acceptances(batch, now, lease.since, 1) end
  count_class(outcome.failure_class)
  judge(outcome)
end

-- A pattern would take twice the time of a search.
local function split_at_nul(joined)
  local parts, from = {}, 1
  repeat
    local to = string.find(joined, '\0', from, true)
    parts[#parts + 1] = string.sub(joined, from, (to or 0) - 1)
    from = (to or 0) + 1
  until not to
  return parts
end

-- Returns the outcome that begins at an argument, and the argument at which the next one begins.
local function read_outcome(at)
  local outcome = { kind = ARGV[at], seq = tonumber(ARGV[at + 1]), count = 1 }
  if outcome.kind == 'completed' then
    outcome.count, outcome.durations = tonumber(ARGV[at + 2]), ARGV[at + 3]
    outcome.slowest = { seq = tonumber(ARGV[at + 4]), duration_ms = tonumber(ARGV[at + 5]) }
    outcome.records, outcome.bytes = split_at_nul(ARGV[at + 6]), #ARGV[at + 6] - (outcome.count - 1)
    return outcome, at + 7
  end
  outcome.duration_ms, outcome.record = tonumber(ARGV[at + 2]), ARGV[at + 3]
  outcome.failure_class, outcome.group = ARGV[at + 4], ARGV[at + 5]
  outcome.delay_ms, outcome.pause_ms = tonumber(ARGV[at + 6]), tonumber(ARGV[at + 7])
  outcome.is_limited = ARGV[at + 8] == '1'
  return outcome, at + 9
end

-- Removes contiguous tasks from what is held: all of them or, if one is absent, none. A run never loses a part of a
-- lease.
local function take(held, first, count)
  for seq = first, first + count - 1 do
    if not held[seq] then return false end
  end
  for seq = first, first + count - 1 do held[seq] = nil end
  return true
end

local function settle_outcomes(held)
  local at = first_outcome
  while at <= last_outcome do
    local outcome
    outcome, at = read_outcome(at)
    if take(held, outcome.seq, outcome.count) then
      if outcome.kind == 'completed' then settle.completed(outcome) else settle_failure(outcome) end
    end
  end
end
