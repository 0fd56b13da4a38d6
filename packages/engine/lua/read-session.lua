--[[
read-session: read a session, with the time by which its expiry is judged.

Session and time come from the same server in one step, so that no clock of a process decides whether it has expired.

KEYS[1]  records   hash: id -> session as JSON
KEYS[2]  expiries  zset: id by when the session expires
ARGV[1]  id

Returns  { "found", json, expires_at, now }
         { "missing" }  no such session, or it has expired

Safe to repeat: it changes nothing.
Cost: O(1).
]]

--- @include "lib/clock"

local records, expiries = KEYS[1], KEYS[2]
local id = ARGV[1]

local json = redis.call('HGET', records, id)
local expires_at = tonumber(redis.call('ZSCORE', expiries, id) or 0)
local now = clock_ms()
if not json or expires_at <= now then return { 'missing' } end
return { 'found', json, expires_at, now }
