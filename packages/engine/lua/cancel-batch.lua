--[[
cancel-batch: cancel a batch, and a bounded number of its tasks that have not run.

The state flips in the first call, so no ticket leases again; the tasks follow in as many calls as it takes. A task that
is running is cancelled by its ticket's next turn, or recorded if it finishes first.

KEYS[1]  meta       hash: the batch
KEYS[2]  states     string: one byte per task
KEYS[3]  due        zset: seq -> when it may run again
ARGV[1]  max_tasks  released or delayed tasks to cancel in this call; of tasks that never ran, 64 times as many
ARGV[2]  signals    channel that tells workers to stop
ARGV[3]  abort      "1": running attempts are aborted; "0": they finish and are recorded

Returns  { "cancelled", left, transition }
                                    `left`: tasks that further calls must cancel. `transition`: of the batch, as JSON, or ''
         { "missing" }
         { "wrong_state", state }   the batch is completed

Safe to repeat: each call continues where the previous one stopped.
Cost: O(max_tasks) for released and delayed tasks; O(1) with a large constant for tasks that never ran.
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/byte-string"
--- @include "lib/task-states"
--- @include "lib/interrupt"

local meta, states_key, due = KEYS[1], KEYS[2], KEYS[3]
local max_tasks, signals, abort = tonumber(ARGV[1]), ARGV[2], ARGV[3]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state == 'completed' then return { 'wrong_state', batch.state } end

if batch.state ~= 'cancelled' then
  batch.state, batch.sealed, batch.finished_at = 'cancelled', 1, clock_ms()
  batch.version = batch.version + 1
  announce_stop(meta, signals, batch, abort == '1')
end

local waiting = redis.call('ZRANGE', due, 0, max_tasks - 1)
for i, member in ipairs(waiting) do waiting[i] = tonumber(member) end
each_range(states_key, waiting, function(first, count, state)
  move_tasks(batch, states_key, first, count, state, 'cancelled')
end)
if #waiting > 0 then redis.call('ZREMRANGEBYRANK', due, 0, #waiting - 1) end

-- Tasks that never ran are contiguous. One write changes them all, so the bound can be that much higher.
local fresh = math.min(batch.total - batch.cursor, max_tasks * 64)
if fresh > 0 then
  move_tasks(batch, states_key, batch.cursor, fresh, 'pending', 'cancelled')
  batch.cursor = batch.cursor + fresh
end

store_batch(meta, batch)
return { 'cancelled', batch.pending + batch.delayed, transition_of(batch) }
