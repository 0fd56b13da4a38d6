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
KEYS[13]  series          string: 34 bytes for each period, see lib/series
KEYS[14]  series_base     hash: what was recorded until the last sample, and the length of a period
KEYS[15]  latest          list: the latest failed attempts, newest first
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
              with how often each duration occurs, as in "1.5:127 12:1". Between two records is a NUL; or
              "failed" | "retry" | "postponed", seq, duration_ms, record, failure_class, group, delay_ms, pause_ms,
              limited. A record is the text of a JSON object. `pause_ms`: for how long the upstream asked for no calls;
              0: it named no time, and delay_ms doubles with each postponement. `limited`: 1 if the limit of the queue
              pauses instead of the batch

Returns  { "missing" }             the batch does not exist
         { "turns", change, value, is_first, transition, answer ... }
              `change`: "paused" for `value` ms, "reopened" at a pace of `value` starts a second (0: none), or "none".
              `is_first`: 1 if the batch had no pace before. `transition`: of the batch, as JSON, or ''. Then for each turn, in
              order, one of
    run, version, deadline_ms, and for each range of tasks seq, count, attempt, envelopes
              Run these tasks: `count` contiguous tasks from each `seq` on. Between two envelopes is a NUL. `version`
              rises with the batch's settings and state. `deadline_ms` is not 0 when max_batch_runtime_ms has just begun
              to count, and in a repeated reply: the caller has the batch checked after that time
    wait, ms          nothing to run for this time; 0: other tickets get the slot first
    unhandled         the worker lacks a handler for a type of the batch's tasks, so it gets none of them
    retire            nothing is left for this ticket
    inactive, state   the batch is not active; the lease is released
    superseded        a later run has the ticket: discard everything

Safe to repeat: the turn number identifies a repeat, which returns the same lease and settles nothing twice. A repeat
that arrives after a later turn is superseded. An outcome counts only while its task is in the lease of the run that
reports it; an outcome of contiguous tasks counts only while all of them are.
Cost: O(turns + outcomes + want + tasks released). The caller bounds it: at most 256 outcomes and 64 turns.
The first turn in a period of the series also reads the histograms, and halves a series of 720 samples.
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/pages"
--- @include "lib/byte-runs"
--- @include "lib/task-states"
--- @include "lib/histogram"
--- @include "lib/leases"
--- @include "lib/handlers"
--- @include "lib/criteria"
--- @include "lib/interrupt"
--- @include "lib/pace"
--- @include "lib/series"

local meta, states_key, attempts_key, appended_key, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local leases, waits, postponements, failures, timings = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local criteria_key, interruptions, series_key, series_base, latest = KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15]
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
-- Before this call records anything: what is recorded so far belongs to an earlier period.
if batch.sample_at > 0 and now >= batch.sample_at then
  series.take(batch, series_key, series_base, timings, criteria, now)
end

local is_handled = handles_all(handlers, text_of(batch, 'types'))
local executions = open_histogram(timings, 'execution', batch)
local lifetimes = open_histogram(timings, 'lifetime', batch)

-- Fence --------------------------------------------------------------------------------------------------------------

local function is_repeat()
  return lease and lease.run == run and lease.turn == turn
end

local function is_superseded()
  if not lease then return false end
  if lease.run == run then return turn < lease.turn end
  return not is_newer_run(run, lease.run)
end

-- Whether the first task of the rest runs while the turn is taken.
local function runs_on()
  return intent == 'keep_running' or intent == 'lease_ahead'
end

-- The steps of a turn ------------------------------------------------------------------------------------------------

--- @include "lib/turn-record"
--- @include "lib/turn-judge"
--- @include "lib/turn-settle"
--- @include "lib/turn-take-over"
--- @include "lib/turn-lease"
--- @include "lib/turn-answer"

-- Leases -------------------------------------------------------------------------------------------------------------

-- The leases of this call's tickets, read and written together. `known`: by ticket, as text; false if it has none.
local ticket_leases = { known = {}, changes = {} }

function ticket_leases.read()
  local tickets, at = {}, FIRST_TURN
  while at <= #ARGV do
    tickets[#tickets + 1] = ARGV[at]
    at = at + TURN_FIELDS + tonumber(ARGV[at + 5])
  end
  for i, text in ipairs(redis.call('HMGET', leases, unpack(tickets))) do ticket_leases.known[tickets[i]] = text end
end

-- Returns the lease of the ticket whose turn is being taken.
function ticket_leases.current()
  local text = ticket_leases.known[ticket]
  return text and parse_lease(text) or nil
end

function ticket_leases.change(changed)
  local text, changes = format_lease(changed), ticket_leases.changes
  ticket_leases.known[ticket] = text
  changes[#changes + 1] = ticket
  changes[#changes + 1] = text
end

function ticket_leases.write()
  if #ticket_leases.changes > 0 then redis.call('HSET', leases, unpack(ticket_leases.changes)) end
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
  local had_started = lease ~= nil and lease.has_started
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
  ticket_leases.change({ run = run, turn = turn, since = since, seqs = held, is_reserved = intent == 'reserve' })
  return reply
end

-- Reads the turn that begins at an argument, and returns the argument at which the next one begins.
local function read_turn(at)
  ticket, run, turn = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  intent, want = ARGV[at + 3], tonumber(ARGV[at + 4])
  first_outcome = at + TURN_FIELDS
  last_outcome = first_outcome + tonumber(ARGV[at + 5]) - 1
  lease = ticket_leases.current()
  return last_outcome + 1
end

-- What the turns change is collected, and written once: a turn of a slow task changes little, and each call takes longer
-- than the change.
local function write_changes()
  byte_runs.write()
  outcome_records.write()
  ticket_leases.write()
  store_batch(meta, batch)
  executions.flush()
  lifetimes.flush()
  write_latest_failures()
end

ticket_leases.read()
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
