--[[
end-session: delete a session.

KEYS[1]  records   hash: id -> session as JSON
KEYS[2]  expiries  zset: id by when the session expires
KEYS[3]  ids       zset without scores: ids, which begin with the id of their owner
ARGV[1]  id

Returns  { "ended" }
         { "missing" }  no such session

Safe to repeat: a repeat replies "missing".
Cost: O(log(sessions)).
]]

local records, expiries, ids = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]

redis.call('ZREM', expiries, id)
redis.call('ZREM', ids, id)
if redis.call('HDEL', records, id) == 0 then return { 'missing' } end
return { 'ended' }
