--[[
create-batch: write a batch's settings and empty counters, once.

Nothing else knows of the batch yet: whoever creates it announces it afterwards.

KEYS[1]  meta       hash: the batch
ARGV[1+] settings   field, value, field, value ...: what the submission and its queue say

Returns  { "created", created_at }

Safe to repeat: a batch that is there is left alone, and answers with its own time.
Cost: O(fields).
]]

--- @include "lib/clock"

local meta = KEYS[1]

local created_at = redis.call('HGET', meta, 'created_at')
if created_at then return { 'created', tonumber(created_at) } end

local now = clock_ms()
redis.call('HSET', meta, 'state', 'active', 'sealed', 0, 'cursor', 0, 'created_at', now, 'version', 1, unpack(ARGV))
redis.call('HSET', meta, 'total', 0, 'pending', 0, 'delayed', 0, 'running', 0, 'completed', 0, 'failed', 0, 'cancelled', 0)
return { 'created', now }
