--[[
put-queue: create a queue, or replace its settings.

KEYS[1]  queues      hash: queue -> version and settings
KEYS[2]  limited     hash: queue -> the limit that it is under
KEYS[3]  limits      hash: limit -> version and settings
KEYS[4]  version     string: counts changes of queues and limits
KEYS[5]  deleted     zset: deleted queue -> when
ARGV[1]  name        of the queue
ARGV[2]  json        its settings
ARGV[3]  limit       that it is under; empty: none
ARGV[4]  max_queues  how many queues there may be besides `default`
ARGV[5]  if_version  the version that the settings must have now; empty: any

Returns  { "stored", version, before }   `before`: the earlier settings as JSON; empty: there were none
         { "no_limit" }                  the limit does not exist
         { "full", count }               there are as many queues as there may be
         { "changed", version }          the settings have another version; -1: the queue does not exist

Safe to repeat, with another version.
Cost: O(1).
]]

--- @include "lib/registry"

local queues, limited, limits, version, deleted = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local name, json, limit, max_queues, if_version = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]

local current = version_of_queue(queues, name)
if if_version ~= '' and tonumber(if_version) ~= current then return { 'changed', current } end

if limit ~= '' and not read_registered(limits, limit) then return { 'no_limit' } end
local before = read_registered(queues, name)
local count = redis.call('HLEN', queues) - redis.call('HEXISTS', queues, DEFAULT_QUEUE)
if not before and name ~= DEFAULT_QUEUE and count >= max_queues then return { 'full', count } end

if limit == '' then redis.call('HDEL', limited, name) else redis.call('HSET', limited, name, limit) end
redis.call('ZREM', deleted, name)
return { 'stored', register(queues, name, version, json), before and before.json or '' }
