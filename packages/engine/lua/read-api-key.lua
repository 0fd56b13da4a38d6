--[[
read-api-key: read an API key, with the time by which its expiry is judged.

Record and time come from the same server in one step, so that no clock of a process decides whether a key has expired.

KEYS[1]  records  hash: id -> API key as JSON
KEYS[2]  uses     hash: id -> when the API key was last used
ARGV[1]  id

Returns  { "found", json, used_at, now }  used_at is empty if it was never used
         { "missing", now }

Safe to repeat: it changes nothing.
Cost: O(1).
]]

--- @include "lib/clock"

local records, uses = KEYS[1], KEYS[2]
local id = ARGV[1]

local json = redis.call('HGET', records, id)
if not json then return { 'missing', clock_ms() } end
return { 'found', json, redis.call('HGET', uses, id) or '', clock_ms() }
