--[[
cancel-batch: stop a batch for good, and cancel a bounded number of the tasks that have not run.

The state flips at once, so no ticket leases again; the tasks follow in as many calls as it takes. Tasks that run now
are cancelled by their ticket's next turn, or recorded if they finish first.

KEYS[1]  meta       hash: the batch
KEYS[2]  states     string: a byte a task
KEYS[3]  due        zset: seq -> when it may run again
ARGV[1]  max_tasks  tasks to cancel in this call

Returns  { "cancelled", left }   tasks that further calls must cancel
         { "missing" }
         { "closed", state }     completed already

Safe to repeat: it goes on where it stopped.
Cost: O(max_tasks) for tasks given back or delayed, O(1) with a large constant for fresh ones.
]]

--- @include "lib/clock"
--- @include "lib/byte-string"
--- @include "lib/task-states"

local meta, states_key, due = KEYS[1], KEYS[2], KEYS[3]
local max_tasks = tonumber(ARGV[1])

local batch = redis.call('HMGET', meta, 'state', 'cursor', 'total', 'pending', 'delayed', 'cancelled', 'deleting')
local state, cursor, total, deleting = batch[1], tonumber(batch[2]), tonumber(batch[3]), batch[7]
local counts = { pending = tonumber(batch[4]), delayed = tonumber(batch[5]), cancelled = tonumber(batch[6]) }

if not state or deleting then return { 'missing' } end
if state == 'completed' then return { 'closed', state } end
if state ~= 'cancelled' then
  redis.call('HSET', meta, 'state', 'cancelled', 'sealed', 1, 'finished_at', clock_ms())
end

local states = open_byte_string(states_key)
local waiting = redis.call('ZRANGE', due, 0, max_tasks - 1)
for _, member in ipairs(waiting) do
  local seq = tonumber(member)
  move_task(counts, states, seq, BYTE_STATES[states.get(seq)], 'cancelled')
end
states.flush()
if #waiting > 0 then redis.call('ZREMRANGEBYRANK', due, 0, #waiting - 1) end

-- Fresh tasks are neighbours: one write turns them all, and the counters with them.
local fresh = math.min(total - cursor, max_tasks - #waiting)
if fresh > 0 then
  redis.call('SETRANGE', states_key, cursor, string.rep(STATE_BYTES.cancelled, fresh))
  counts.pending = counts.pending - fresh
  counts.cancelled = counts.cancelled + fresh
  cursor = cursor + fresh
end

redis.call('HSET', meta, 'cursor', cursor, 'pending', counts.pending, 'delayed', counts.delayed, 'cancelled', counts.cancelled)
return { 'cancelled', counts.pending + counts.delayed }
