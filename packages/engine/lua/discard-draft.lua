--[[
discard-draft: make a draft missing for every script, so that its creator appends no more tasks.

KEYS[1]  meta  hash: the draft

Returns  { "discarded" }   also when it has no keys

Safe to repeat.
Cost: O(1).
]]

local meta = KEYS[1]

if redis.call('HEXISTS', meta, 'state') == 1 then redis.call('HSET', meta, 'deleting', 1) end
return { 'discarded' }
