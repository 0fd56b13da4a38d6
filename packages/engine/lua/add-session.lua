--[[
add-session: store a new session, and delete those that have expired.

One step, so that the sessions of an owner never exceed their maximum, and a session is in all three keys or in none.

KEYS[1]  records       hash: id -> session as JSON
KEYS[2]  expiries      zset: id by when the session expires
KEYS[3]  ids           zset without scores: ids, which begin with the id of their owner
ARGV[1]  id            of the new session
ARGV[2]  json          the new session
ARGV[3]  owner         the first characters of the id: whose session it is
ARGV[4]  idle_ms       how long a session lasts without use
ARGV[5]  max_age_ms    how long a session lasts at most
ARGV[6]  max_of_owner  how many sessions an owner may have. One more ends the one that expires first

Returns  { "added", expires_at, ended… }  and the ids of the owner's sessions that it has ended

Safe to repeat: a repeat stores the same session again.
Cost: O(log(sessions)), and at most 100 expired sessions and max_of_owner others.
]]

--- @include "lib/clock"

local records, expiries, ids = KEYS[1], KEYS[2], KEYS[3]
local id, json, owner = ARGV[1], ARGV[2], ARGV[3]
local idle_ms, max_age_ms, max_of_owner = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

local MAX_EXPIRED = 100

local function remove(removed)
  redis.call('HDEL', records, removed)
  redis.call('ZREM', expiries, removed)
  redis.call('ZREM', ids, removed)
end

local function first_to_expire(of_owner)
  local first, first_at
  for _, one in ipairs(of_owner) do
    local at = tonumber(redis.call('ZSCORE', expiries, one) or 0)
    if not first_at or at < first_at then first, first_at = one, at end
  end
  return first
end

local now = clock_ms()
for _, expired in ipairs(redis.call('ZRANGEBYSCORE', expiries, '-inf', now, 'LIMIT', 0, MAX_EXPIRED)) do
  remove(expired)
end

local reply = { 'added', now + idle_ms }
-- "~" follows every character of an id.
local of_owner = redis.call('ZRANGEBYLEX', ids, '[' .. owner, '(' .. owner .. '~')
if #of_owner >= max_of_owner then
  local ended = first_to_expire(of_owner)
  remove(ended)
  reply[#reply + 1] = ended
end

redis.call('HSET', records, id, json)
redis.call('ZADD', expiries, now + idle_ms, id)
redis.call('ZADD', ids, 0, id)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, max_age_ms) end
return reply
