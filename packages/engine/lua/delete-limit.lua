--[[
delete-limit: delete a limit that no queue is under.

KEYS[1]  limits   hash: limit -> version and settings
KEYS[2]  limited  hash: queue -> the limit that it is under
KEYS[3]  version  string: counts changes of queues and limits
KEYS[4]  deleted  zset: deleted limit -> when
ARGV[1]  name     of the limit

Returns  { "deleted", version }   the caller drops the ledger; the reconciler does so if the caller dies
         { "missing" }
         { "in_use", queue }      a queue that is under the limit

Safe to repeat.
Cost: O(queues under any limit).
]]

--- @include "lib/clock"

local limits, limited, version, deleted = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name = ARGV[1]

if redis.call('HEXISTS', limits, name) == 0 then return { 'missing' } end
local pairs_of_names = redis.call('HGETALL', limited)
for i = 1, #pairs_of_names, 2 do
  if pairs_of_names[i + 1] == name then return { 'in_use', pairs_of_names[i] } end
end

redis.call('HDEL', limits, name)
redis.call('ZADD', deleted, clock_ms(), name)
return { 'deleted', redis.call('INCR', version) }
