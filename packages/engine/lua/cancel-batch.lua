--[[
cancel-batch: stop a batch for good, and cancel a bounded number of the tasks that have not run.

The state flips at once, so no ticket leases again; the tasks follow in as many calls as it takes. Tasks that run now
are cancelled by their ticket's next turn, or recorded if they finish first.

KEYS[1]  meta       hash: the batch
KEYS[2]  states     string: a byte a task
KEYS[3]  due        zset: seq -> when it may run again
ARGV[1]  max_tasks  tasks given back or delayed to cancel in this call; of those that never ran, 64 times as many
ARGV[2]  signals    channel that tells workers to stop and to abort

Returns  { "cancelled", left }   tasks that further calls must cancel
         { "missing" }
         { "wrong_state", state }     completed already

Safe to repeat: it goes on where it stopped.
Cost: O(max_tasks) for tasks given back or delayed, O(1) with a large constant for fresh ones.
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/byte-string"
--- @include "lib/task-states"
--- @include "lib/interrupt"

local meta, states_key, due = KEYS[1], KEYS[2], KEYS[3]
local max_tasks, signals = tonumber(ARGV[1]), ARGV[2]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state == 'completed' then return { 'wrong_state', batch.state } end

if batch.state ~= 'cancelled' then
  batch.state, batch.sealed, batch.finished_at = 'cancelled', 1, clock_ms()
  batch.version = batch.version + 1
  announce_stop(meta, signals, batch, true)
end

local waiting = redis.call('ZRANGE', due, 0, max_tasks - 1)
for i, member in ipairs(waiting) do waiting[i] = tonumber(member) end
each_range(states_key, waiting, function(first, count, state)
  move_tasks(batch, states_key, first, count, state, 'cancelled')
end)
if #waiting > 0 then redis.call('ZREMRANGEBYRANK', due, 0, #waiting - 1) end

-- Fresh tasks are neighbours: one write turns them all, so there may be that many more of them.
local fresh = math.min(batch.total - batch.cursor, max_tasks * 64)
if fresh > 0 then
  move_tasks(batch, states_key, batch.cursor, fresh, 'pending', 'cancelled')
  batch.cursor = batch.cursor + fresh
end

store_batch(meta, batch)
return { 'cancelled', batch.pending + batch.delayed }
