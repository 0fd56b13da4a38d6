--[[
take-turns: settle what tickets of a batch ran and lease what they run next, in one atomic step. The core of Sluice.

A worker takes the turns of all its tickets of a batch that have something to say in one call: reading and writing the
batch once costs more than the turn of a slow task. Each turn is that of one ticket, with its own run, number and lease.

A worker takes a ticket's turn while no task of the ticket runs or, with the intents "keep_running" and "lease_ahead",
while one does: the first of the rest. The rest is what the ticket still leases after the outcomes; none of it has
started, with that exception.

KEYS[1]   meta            hash: the batch
KEYS[2]   states          string: one byte per task
KEYS[3]   attempts        string: one byte per task
KEYS[4]   appended        string: five bytes per task, ms since the batch was created
KEYS[5]   due             zset: seq -> when it may run again
KEYS[6]   leases          hash: ticket -> run, turn, since, tasks
KEYS[7]   waits           zset: ticket -> when it stops waiting
KEYS[8]   postponements   hash: seq -> how often the upstream postponed it, and since when
KEYS[9]   failures        hash: normalised error text -> count and a sample seq
KEYS[10]  timings         hash: histograms of execution and of lifetime
KEYS[11]  criteria        hash: interruption criteria
KEYS[12]  interruptions   list: one JSON row each, newest first
ARGV[1]   signals         channel that tells workers to start nothing that they leased before
ARGV[2]   handlers        the types that the worker handles, one in each line
ARGV[3+]  turns           for each turn: ticket, run, turn, intent, want, size, and `size` arguments of outcomes
    ticket    its number in the batch
    run       "<epoch>.<number>", a fencing token: greater for each run of the ticket
    turn      1, 2, 3 ... within the run
    intent    what to do after settling. "lease": release the rest, lease new tasks. "reserve": the same, but a new task
              has not started before the worker says so in the hash of leases. "continue": go on with the rest.
              "keep_running": keep the first task of the rest, release the others. "lease_ahead": the same, and lease
              new tasks, unless refusals hold the batch back or fewer tasks wait than the batch has tickets. "release":
              release the rest, lease nothing
    want      tasks to lease at most
    outcomes  "completed", seq, count, durations, slowest, slowest_ms, records: of `count` contiguous tasks from `seq` on,
              with how often each duration occurs, as in "1.5:127 12:1"; or
              "failed" | "retry" | "postponed", seq, duration_ms, record, failure_class, group, delay_ms, pause_ms,
              limited. A record is the text of a JSON object. `pause_ms`: for how long the upstream asked for no calls;
              0: it named no time, and delay_ms doubles with each postponement. `limited`: 1 if the limit of the queue
              pauses instead of the batch

Returns  { "missing" }             the batch does not exist
         { "turns", change, value, is_first, transition, answer ... }
              `change`: "paused" for `value` ms, "reopened" at a pace of `value` starts a second (0: none), or "none".
              `is_first`: 1 if the batch had no pace before. `transition`: of the batch, as JSON, or ''. Then for each turn, in
              order, one of
    run, version, deadline_ms, seq, count, attempt, envelopes ...
              Run these tasks: `count` contiguous tasks from each `seq` on. `version` rises with the batch's settings and
              state. `deadline_ms` is not 0 when max_batch_runtime_ms has just begun to count, and in a repeated reply:
              the caller has the batch checked after that time
    wait, ms          nothing to run for this time; 0: other tickets get the slot first
    unhandled         the worker lacks a handler for a type of the batch's tasks, so it gets none of them
    retire            nothing is left for this ticket
    inactive, state   the batch is not active; the lease is released
    superseded        a later run has the ticket: discard everything

Safe to repeat: the turn number identifies a repeat, which returns the same lease and settles nothing twice. A repeat
that arrives after a later turn is superseded. An outcome counts only while its task is in the lease of the run that
reports it; an outcome of contiguous tasks counts only while all of them are.
Cost: O(turns + outcomes + want + tasks released). The caller bounds it: at most 256 outcomes and 64 turns.
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/pages"
--- @include "lib/byte-string"
--- @include "lib/task-states"
--- @include "lib/histogram"
--- @include "lib/leases"
--- @include "lib/handlers"
--- @include "lib/criteria"
--- @include "lib/interrupt"
--- @include "lib/pace"

local meta, states_key, attempts_key, appended_key, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local leases, waits, postponements, failures, timings = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local criteria_key, interruptions = KEYS[11], KEYS[12]
local signals, handlers = ARGV[1], ARGV[2]
local FIRST_TURN, TURN_FIELDS = 3, 6

-- The turn that is being taken, and the ticket's lease before it.
local ticket, run, turn, intent, want, first_outcome, last_outcome, lease

local MAX_FAILURE_GROUPS = 100
local RATE_WINDOW_MS = 10000

local now = clock_ms()
-- Formatted once: every record starts with it, and formatting a 13-digit number is expensive.
local now_text = string.format('%.0f', now)

-- The batch ----------------------------------------------------------------------------------------------------------

local batch = read_batch(meta)
if not batch then return { 'missing' } end

follow_clock(batch, now)

local criteria = read_criteria(criteria_key)
local is_handled = handles_all(handlers, text_of(batch, 'types'))
local executions = open_histogram(timings, 'execution', batch)
local lifetimes = open_histogram(timings, 'lifetime', batch)

local function write_changes()
  store_batch(meta, batch)
  executions.flush()
  lifetimes.flush()
end

-- Fence --------------------------------------------------------------------------------------------------------------

local function is_repeat()
  return lease and lease.run == run and lease.turn == turn
end

local function is_superseded()
  if not lease then return false end
  if lease.run == run then return turn < lease.turn end
  return not is_newer_run(run, lease.run)
end

-- Moves of tasks -----------------------------------------------------------------------------------------------------

-- Records a contiguous range that starts at `first`; it may span two pages.
local function record_outcomes(first, records)
  local at, last = first, first + #records - 1
  while at <= last do
    local page = page_of(at)
    local page_first, fields = page * PAGE_TASKS, {}
    for seq = at, math.min(last, page_first + PAGE_TASKS - 1) do
      fields[#fields + 1] = seq - page_first
      fields[#fields + 1] = now_text .. ' ' .. records[seq - first + 1]
    end
    redis.call('HSET', page_key(meta, 'outcome', page), unpack(fields))
    at = page_first + PAGE_TASKS
  end
end

local function attempts_of(seq)
  return string.byte(read_byte(attempts_key, seq))
end

local function run_again_at(seq, state, time)
  -- A cancelled batch never runs a task again. An interrupted batch keeps the task for its resumption.
  if batch.state == 'cancelled' then
    move_tasks(batch, states_key, seq, 1, 'running', 'cancelled')
  else
    move_tasks(batch, states_key, seq, 1, 'running', state)
    redis.call('ZADD', due, time, seq)
  end
end

local function refund_attempt(seq)
  fill_bytes(attempts_key, seq, 1, string.char(attempts_of(seq) - 1))
end

-- The task did not start, or its attempt does not count: no attempt is spent.
local function release_task(seq)
  refund_attempt(seq)
  run_again_at(seq, 'pending', 0)
end

-- Tasks of one chunk share their time, so contiguous tasks mostly do.
local function count_lifetimes(first, count)
  local times = redis.call('GETRANGE', appended_key, first * 5, (first + count) * 5 - 1)
  local at = 1
  while at <= #times do
    local time, from = string.sub(times, at, at + 4), at
    repeat at = at + 5 until string.sub(times, at, at + 4) ~= time
    lifetimes.add(now - batch.created_at - struct.unpack('>I5', time), (at - from) / 5)
  end
end

local function count_finished(first, count)
  count_lifetimes(first, count)
  if now - batch.window_at >= RATE_WINDOW_MS then
    batch.last_rate = batch.window_at > 0 and batch.window_finished * 1000 / (now - batch.window_at) or 0
    batch.window_at, batch.window_finished = now, 0
  end
  batch.window_finished = batch.window_finished + count
end

local function count_failure(failure_class, group, seq)
  local known = redis.call('HGET', failures, group)
  if not known and redis.call('HLEN', failures) >= MAX_FAILURE_GROUPS then
    group = failure_class .. ': (other)'
    known = redis.call('HGET', failures, group)
  end
  local count, sample = string.match(known or ('0 ' .. seq), '^(%d+) (%d+)$')
  redis.call('HSET', failures, group, count + 1 .. ' ' .. sample)
end

-- Judge --------------------------------------------------------------------------------------------------------------

-- The first outcome that meets a criterion stops the batch; later outcomes of the turn are still recorded. The last
-- task of a batch, and tasks that complete with it, never stop the batch: the batch completes instead.
local function judge(outcome)
  if batch.state ~= 'active' or is_finished(batch, batch.sealed == 1) then return end
  local cause = find_trip(batch, criteria, now, outcome)
  if cause then interrupt(meta, interruptions, signals, batch, now, cause) end
end

-- Completions only lower the error rate, so it is judged where it is highest: at the completion that fills the sample.
local function judge_completed(count, slowest)
  local missing = (criteria.min_sample or DEFAULT_MIN_SAMPLE) - batch.counted_finished
  local part = math.max(1, math.min(missing, count))
  batch.counted_finished = batch.counted_finished + part
  judge(slowest)
  batch.counted_finished = batch.counted_finished + count - part
end

-- Settle -------------------------------------------------------------------------------------------------------------

local settle = {}

function settle.completed(outcome)
  move_tasks(batch, states_key, outcome.seq, outcome.count, 'running', 'completed')
  record_outcomes(outcome.seq, outcome.records)
  for duration, count in string.gmatch(outcome.durations, '(%S+):(%d+)') do
    executions.add(tonumber(duration), tonumber(count))
  end
  count_finished(outcome.seq, outcome.count)
  note_acceptances(batch, now, lease.since, outcome.count)
  batch.consecutive_failures = 0
  judge_completed(outcome.count, outcome.slowest)
end

function settle.failed(outcome)
  move_tasks(batch, states_key, outcome.seq, 1, 'running', 'failed')
  record_outcomes(outcome.seq, { outcome.record })
  if outcome.duration_ms then executions.add(outcome.duration_ms, 1) end
  count_finished(outcome.seq, 1)
  count_failure(outcome.failure_class, outcome.group, outcome.seq)
  batch.counted_finished = batch.counted_finished + 1
  batch.counted_failed = batch.counted_failed + 1
  batch.consecutive_failures = batch.consecutive_failures + 1
end

function settle.retry(outcome)
  run_again_at(outcome.seq, 'delayed', now + outcome.delay_ms)
  record_outcomes(outcome.seq, { outcome.record })
  executions.add(outcome.duration_ms, 1)
  count_failure(outcome.failure_class, outcome.group, outcome.seq)
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
  record_outcomes(outcome.seq, { outcome.record })
  count_failure(outcome.failure_class, outcome.group, outcome.seq)
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

-- Returns the outcome that begins at an argument, and the argument at which the next one begins.
local function read_outcome(at)
  local outcome = { kind = ARGV[at], seq = tonumber(ARGV[at + 1]), count = 1 }
  if outcome.kind == 'completed' then
    outcome.count, outcome.durations = tonumber(ARGV[at + 2]), ARGV[at + 3]
    outcome.slowest = { seq = tonumber(ARGV[at + 4]), duration_ms = tonumber(ARGV[at + 5]) }
    outcome.records = { unpack(ARGV, at + 6, at + 5 + outcome.count) }
    return outcome, at + 6 + outcome.count
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

-- Take over ----------------------------------------------------------------------------------------------------------

local function max_attempts_of(seq)
  local envelope = read_envelopes(meta, seq, seq)[1]
  -- Most envelopes do not contain it, and decoding a large envelope is expensive.
  if not string.find(envelope, '"maxAttempts"', 1, true) then return batch.max_attempts end
  -- cjson rejects some valid JSON: lone surrogates, and more than 1,000 levels.
  local is_decoded, task = pcall(cjson.decode, envelope)
  return is_decoded and tonumber(task.maxAttempts) or batch.max_attempts
end

local function fail_as_lost(seq)
  local attempt = attempts_of(seq)
  local outcome = {
    kind = 'failed',
    seq = seq,
    failure_class = 'worker_lost',
    group = 'worker_lost: the worker died while it ran the task',
    -- Without a duration: only the dead worker knew it.
    record = '{"attempt":' .. attempt .. ',"error":{"failureClass":"worker_lost",'
      .. '"message":"The worker died while it ran attempt ' .. attempt .. ', the last one this task had."}}',
  }
  settle_failure(outcome)
end

-- An earlier run died while it held these tasks. Any of them may have been running, so the attempt counts.
local function take_over(is_spent)
  for _, seq in ipairs(lease.seqs) do
    if not is_spent then
      release_task(seq)
    elseif batch.state ~= 'cancelled' and attempts_of(seq) >= max_attempts_of(seq) then
      fail_as_lost(seq)
    else
      run_again_at(seq, 'pending', 0)
    end
  end
end

-- Lease --------------------------------------------------------------------------------------------------------------

-- Leases contiguous tasks that all begin the same attempt.
local function lease_range(leased, first, from, attempt, envelopes)
  local count, tasks = #envelopes, leased.tasks
  move_tasks(batch, states_key, first, count, from, 'running')
  fill_bytes(attempts_key, first, count, string.char(attempt))
  for seq = first, first + count - 1 do leased.seqs[#leased.seqs + 1] = seq end
  tasks[#tasks + 1] = first
  tasks[#tasks + 1] = count
  tasks[#tasks + 1] = attempt
  for _, envelope in ipairs(envelopes) do tasks[#tasks + 1] = envelope end
end

local function lease_due(leased, limit)
  if batch.pending + batch.delayed == batch.total - batch.cursor then return end
  local members = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)
  for _, member in ipairs(members) do
    local seq = tonumber(member)
    lease_range(leased, seq, state_of(states_key, seq), attempts_of(seq) + 1, read_envelopes(meta, seq, seq))
  end
  if #members > 0 then redis.call('ZREM', due, unpack(members)) end
end

-- Tasks from the cursor on have never been leased: this is their first attempt.
local function lease_fresh(leased, limit)
  local count = math.min(limit, batch.total - batch.cursor)
  if count <= 0 then return end
  lease_range(leased, batch.cursor, 'pending', 1, read_envelopes(meta, batch.cursor, batch.cursor + count - 1))
  batch.cursor = batch.cursor + count
end

-- A ticket leases at most its share, so that other tickets find tasks too.
local function slice_size()
  local share = math.floor((batch.pending + batch.delayed) / batch.tickets)
  return math.min(want, PAGE_TASKS, math.max(1, share), startable(batch, now))
end

local function lease_tasks()
  local leased = { run = run, turn = turn, since = now, seqs = {}, tasks = {} }
  local limit = slice_size()
  lease_due(leased, limit)
  lease_fresh(leased, limit - #leased.seqs)
  if #leased.seqs == 0 then return leased end
  if batch.started_at == 0 then batch.started_at = now end
  note_starts(batch, now, tonumber(ticket), #leased.seqs)
  return leased
end

-- max_batch_runtime_ms counts from the first lease. The caller that gets this lease schedules the deadline.
local function start_runtime()
  if batch.runtime_from > 0 then return 0 end
  batch.runtime_from = now
  return criteria.max_batch_runtime_ms or 0
end

-- Whether the first task of the rest runs while the turn is taken.
local function runs_on()
  return intent == 'keep_running' or intent == 'lease_ahead'
end

-- Replies ------------------------------------------------------------------------------------------------------------

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

-- The turns -----------------------------------------------------------------------------------------------------------

-- Settles the outcomes and returns the rest of the lease, in order.
local function settle_lease()
  local held, rest = {}, {}
  for _, seq in ipairs(lease.seqs) do held[seq] = true end
  settle_outcomes(held)
  for _, seq in ipairs(lease.seqs) do
    if held[seq] then rest[#rest + 1] = seq end
  end
  return rest
end

local function may_lease()
  return batch.state == 'active' and is_handled and startable(batch, now) > 0 and tonumber(ticket) < batch.tickets
end

-- Tasks that are leased ahead count as leased when the running task was, so that must be after the last pause. The last
-- tasks of a batch are left to tickets that are free sooner.
local function may_lease_ahead()
  return may_lease() and batch.pace == 0 and batch.backoff == 0 and lease.since > batch.refused_at
    and batch.pending + batch.delayed >= batch.tickets
end

-- The running task finishes and is recorded, even if the batch has stopped.
local function run_on(rest)
  for i = 2, #rest do release_task(rest[i]) end
  local held = { rest[1] }
  if intent == 'keep_running' or #rest == 0 or not may_lease_ahead() then return run_reply({}), held end
  local leased = lease_tasks()
  for _, seq in ipairs(leased.seqs) do held[#held + 1] = seq end
  return run_reply(leased.tasks), held
end

-- Carries out the intent. Returns the reply and what the ticket holds from now on.
local function carry_out(rest)
  if runs_on() then return run_on(rest) end
  local may_go_on = batch.state == 'active' and batch.paused_until <= now and batch.backoff == 0
  if intent == 'continue' and #rest > 0 and may_go_on then return run_reply({}), rest end
  for _, seq in ipairs(rest) do release_task(seq) end
  if (intent == 'lease' or intent == 'reserve') and may_lease() then
    local leased = lease_tasks()
    if #leased.seqs > 0 then return run_reply(leased.tasks, start_runtime()), leased.seqs end
  end
  return idle_reply(), {}
end

local function take_turn()
  if is_superseded() then return { 'superseded' } end
  if is_repeat() then return repeat_reply() end

  if turn == 1 then redis.call('ZREM', waits, ticket) end
  local had_started = lease ~= nil and has_started(leases, ticket, lease)
  -- The task that runs on still runs while the criteria judge the outcomes before it.
  if had_started and not runs_on() then batch.started = batch.started - 1 end
  if lease and lease.run ~= run then
    take_over(had_started)
    lease = nil
  end
  local rest = lease and settle_lease() or {}
  if batch.state == 'active' and is_finished(batch, batch.sealed == 1) then
    batch.state, batch.finished_at = 'completed', now
  end
  if not runs_on() or #rest == 0 then end_probe(batch, tonumber(ticket)) end
  local reply, held = carry_out(rest)
  if had_started and runs_on() then batch.started = batch.started - 1 end
  if #held > 0 and intent ~= 'reserve' then batch.started = batch.started + 1 end
  -- A task that is running was leased before this turn.
  local since = runs_on() and lease and lease.since or now
  write_lease(leases, ticket, { run = run, turn = turn, since = since, seqs = held, is_reserved = intent == 'reserve' })
  return reply
end

-- Reads the turn that begins at an argument, and returns the argument at which the next one begins.
local function read_turn(at)
  ticket, run, turn = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  intent, want = ARGV[at + 3], tonumber(ARGV[at + 4])
  first_outcome = at + TURN_FIELDS
  last_outcome = first_outcome + tonumber(ARGV[at + 5]) - 1
  lease = read_lease(leases, ticket)
  return last_outcome + 1
end

local was_paused = batch.paused_until > now
local answers, next_turn = {}, FIRST_TURN
while next_turn <= #ARGV do
  next_turn = read_turn(next_turn)
  answers[#answers + 1] = take_turn()
end
if batch.paused_until > now and not was_paused and batch.state == 'active' then
  -- Tasks of a slice that have not started would be refused as well.
  batch.version = batch.version + 1
  announce_stop(meta, signals, batch, false)
end
write_changes()
local reply = { 'turns', last_pace_change() }
reply[#reply + 1] = transition_of(batch)
for _, answer in ipairs(answers) do reply[#reply + 1] = answer end
return reply
