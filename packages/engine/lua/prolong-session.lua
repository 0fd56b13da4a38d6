--[[
prolong-session: let a session that is used last longer.

One step, so that a session that has ended meanwhile does not come back.

KEYS[1]  expiries  zset: id by when the session expires
ARGV[1]  id
ARGV[2]  idle_ms   how long a session lasts without use
ARGV[3]  ends_at   when the session ends in any case

Returns  { "prolonged" }
         { "missing" }  no such session, or it has expired

Safe to repeat.
Cost: O(log(sessions)).
]]

--- @include "lib/clock"

local expiries = KEYS[1]
local id, idle_ms, ends_at = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local now = clock_ms()
local expires_at = tonumber(redis.call('ZSCORE', expiries, id) or 0)
if expires_at <= now then return { 'missing' } end
redis.call('ZADD', expiries, 'XX', 'GT', math.min(now + idle_ms, ends_at), id)
return { 'prolonged' }
