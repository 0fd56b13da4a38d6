--[[
note-api-key-use: note that an API key is used, at most once a minute.

Many processes note uses of the same API key, and one may be deleted meanwhile: nothing of it must stay.

KEYS[1]  records   hash: id -> API key as JSON
KEYS[2]  uses      hash: id -> when the API key was last used
ARGV[1]  id
ARGV[2]  every_ms  a use that follows the noted one within this time is not noted

Returns  { "noted" }
         { "recent" }   it was noted less than every_ms ago
         { "missing" }  no such API key

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/clock"

local records, uses = KEYS[1], KEYS[2]
local id, every_ms = ARGV[1], tonumber(ARGV[2])

if redis.call('HEXISTS', records, id) == 0 then return { 'missing' } end
local now = clock_ms()
local used_at = tonumber(redis.call('HGET', uses, id) or 0)
if now - used_at < every_ms then return { 'recent' } end
redis.call('HSET', uses, id, now)
return { 'noted' }
