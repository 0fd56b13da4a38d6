--[[
unindex-batch: remove a batch whose keys are erased from every index. After this it cannot be indexed again.

KEYS[1]   batches      zset: every batch -> when it was created
KEYS[2]   active       zset: batches in this state -> when they were created
KEYS[3]   interrupted  zset: the same
KEYS[4]   completed    zset: the same
KEYS[5]   cancelled    zset: the same
KEYS[6]   finished     zset: finished batch -> when it finished
KEYS[7]   unsettled    zset: batch that the reconciler visits -> when it was created
KEYS[8]   uses         zset: "<queue> <id>" of each batch that uses its queue
KEYS[9]   editions     hash: batch -> edition, tenant, tasks, bytes and queue of what the indexes show
KEYS[10]  usage        hash: "<tenant>/tasks" and "<tenant>/bytes" -> what its batches hold
KEYS[11]  drafts       zset: draft -> when its creation began
ARGV[1]   id           of the batch

Returns  { "unindexed" }

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/indexes"

local indexes, drafts = name_indexes(KEYS), KEYS[11]
local id = ARGV[1]

local shown = shown_of(indexes, id)
local tenant = shown.tenant
for _, unit in ipairs({ 'tasks', 'bytes' }) do add_usage(indexes, tenant, unit, -shown[unit]) end
redis.call('ZREM', indexes.uses, use_of(shown.queue, id))
redis.call('HDEL', indexes.editions, id)
for _, state in ipairs(STATES) do
  redis.call('ZREM', indexes[state], id)
  redis.call('ZREM', index_of(indexes, tenant, state), id)
end
redis.call('ZREM', index_of(indexes, tenant), id)
for _, index in ipairs({ indexes.batches, indexes.finished, indexes.unsettled, drafts }) do
  redis.call('ZREM', index, id)
end
return { 'unindexed' }
