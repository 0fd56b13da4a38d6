--[[
delete-queue: delete the settings of a queue that no batch uses.

KEYS[1]  queues   hash: queue -> version and settings
KEYS[2]  limited  hash: queue -> the limit that it is under
KEYS[3]  uses     zset: "<queue> <id>" of each batch that uses its queue
KEYS[4]  deleted  zset: deleted queue -> when
ARGV[1]  name     of the queue

Returns  { "deleted" }         the caller removes its tickets; the reconciler does what is left
         { "missing" }
         { "in_use", batch }   a batch that uses the queue

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/clock"

local queues, limited, uses, deleted = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name = ARGV[1]

if redis.call('HEXISTS', queues, name) == 0 then return { 'missing' } end
-- "!" is the character after the space that ends the name.
local use = redis.call('ZRANGEBYLEX', uses, '[' .. name .. ' ', '(' .. name .. '!', 'LIMIT', 0, 1)[1]
if use then return { 'in_use', string.sub(use, #name + 2) } end

redis.call('HDEL', queues, name)
redis.call('HDEL', limited, name)
redis.call('ZADD', deleted, clock_ms(), name)
return { 'deleted' }
