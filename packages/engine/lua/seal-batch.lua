--[[
seal-batch: declare that no more tasks will come; a batch whose tasks are all finished is then completed.

KEYS[1]  meta       hash: the batch

Returns  { "sealed", state }   the state after it
         { "missing" }
         { "closed", state }   cancelled

Safe to repeat: sealing twice is sealing once.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/task-states"

local meta = KEYS[1]

local batch = redis.call('HMGET', meta, 'state', 'pending', 'delayed', 'running', 'deleting')
local state, deleting = batch[1], batch[5]
if not state or deleting then return { 'missing' } end
if state == 'cancelled' then return { 'closed', state } end

redis.call('HSET', meta, 'sealed', 1)
local counts = { pending = tonumber(batch[2]), delayed = tonumber(batch[3]), running = tonumber(batch[4]) }
if state == 'active' and is_finished(counts, true) then
  state = 'completed'
  redis.call('HSET', meta, 'state', state, 'finished_at', clock_ms())
end
return { 'sealed', state }
