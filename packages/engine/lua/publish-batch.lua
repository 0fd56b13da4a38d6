--[[
publish-batch: make a draft visible, if nothing speaks against it any more.

One step decides that the draft was not discarded, that its queue exists and that its code is free in its tenant, and
that the quotas of the tenant have room. Therefore a queue is
never deleted under a batch, and no code belongs to a batch that does not exist.

KEYS[1]   batches       zset: every batch -> when it was created
KEYS[2]   active        zset: batches in this state -> when they were created
KEYS[3]   interrupted   zset: the same
KEYS[4]   completed     zset: the same
KEYS[5]   cancelled     zset: the same
KEYS[6]   finished      zset: finished batch -> when it finished
KEYS[7]   unsettled     zset: batch that the reconciler visits -> when it was created
KEYS[8]   uses          zset: "<queue> <id>" of each batch that uses its queue
KEYS[9]   editions      hash: batch -> edition, tenant, tasks, bytes and queue of what the indexes show
KEYS[10]  usage         hash: "<tenant>/tasks" and "<tenant>/bytes" -> what its batches hold
KEYS[11]  queues        hash: queue -> version and settings
KEYS[12]  drafts        zset: draft -> when its creation began; 0: it is being discarded
KEYS[13]  codes         hash: "<tenant>/<code>" -> batch
KEYS[14]  quotas        hash: tenant -> its quotas as JSON
ARGV[1]   id            of the batch
ARGV[2]   edition       of the description
ARGV[3]   state         of the batch
ARGV[4]   created_at    ms
ARGV[5]   finished_at   ms; 0: it is not finished
ARGV[6]   tenant        of the batch
ARGV[7]   tasks         how many it has
ARGV[8]   bytes         that it holds
ARGV[9]   queue         of the batch
ARGV[10]  is_unsettled  "1" or "0"
ARGV[11]  uses_queue    "1" or "0"
ARGV[12]  signals       channel that tells workers of a queue with its first batch
ARGV[13]  code          of the batch

Returns  { "published", queue_version }   also when it was published before
         { "lost" }                       the draft was discarded
         { "no_queue" }
         { "code_taken", batch }          another batch of the tenant has the code
         { "quota_reached", name, used, max }   the tenant would hold more than it may

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/registry"
--- @include "lib/indexes"
--- @include "lib/tenant-quotas"

local indexes, batch = name_indexes(KEYS), read_description(ARGV)
local queues, drafts, codes, quotas = KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local code = batch.tenant .. '/' .. ARGV[13]

local queue_version = version_of_queue(queues, batch.queue)
if redis.call('ZSCORE', indexes.batches, batch.id) then return { 'published', queue_version } end
if tonumber(redis.call('ZSCORE', drafts, batch.id) or 0) == 0 then return { 'lost' } end
if queue_version < 0 then return { 'no_queue' } end
local owner = redis.call('HGET', codes, code)
if owner and owner ~= batch.id then return { 'code_taken', owner } end
local reached = find_reached(indexes, quotas, batch)
if reached then return { 'quota_reached', unpack(reached) } end

redis.call('HSET', codes, code, batch.id)
redis.call('ZADD', indexes.batches, batch.created_at, batch.id)
show(indexes, batch)
redis.call('ZREM', drafts, batch.id)
return { 'published', queue_version }
