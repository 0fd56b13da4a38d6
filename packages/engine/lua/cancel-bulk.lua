--[[
cancel-bulk: end a bulk operation before it has reached all of its batches.

KEYS[1]  operation  hash: the bulk operation

Returns  { "cancelled" }
         { "missing" }      no such operation
         { "completed" }    it has reached all of its batches

Safe to repeat: a cancelled operation stays cancelled.
Cost: O(1).
]]

--- @include "lib/clock"

local operation = KEYS[1]

local state = redis.call('HGET', operation, 'state')
if not state then return { 'missing' } end
if state == 'completed' then return { 'completed' } end
if state == 'running' then redis.call('HSET', operation, 'state', 'cancelled', 'finished_at', clock_ms()) end
return { 'cancelled' }
