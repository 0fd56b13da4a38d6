--[[
index-batch: bring the indexes in line with the description of a batch, unless they show a later one.

Descriptions arrive in any order, since each process reads its own and sends it later. The one with the greatest edition
stays. A batch that is not listed is a draft or was deleted, and stays unlisted.

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

Returns  { "indexed", queue_version, is_changed }   `queue_version`: of the queue's settings; -1: it does not exist
         { "outdated", queue_version }              the indexes show a later description
         { "unlisted" }                             a draft, or a deleted batch

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/registry"
--- @include "lib/indexes"

local indexes, batch = name_indexes(KEYS), read_description(ARGV)
local queues = KEYS[11]

if not redis.call('ZSCORE', indexes.batches, batch.id) then return { 'unlisted' } end
local queue_version = version_of_queue(queues, batch.queue)
if shown_of(indexes, batch.id).edition >= batch.edition then return { 'outdated', queue_version } end
local is_changed = show(indexes, batch)
return { 'indexed', queue_version, is_changed and 1 or 0 }
