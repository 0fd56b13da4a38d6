--[[
hold-batch: announce in a finished batch that it is about to be retried or deleted.

The caller has the batch indexed before it does so. If it dies afterwards, the reconciler finds the batch, which it does
not look for among the finished ones. The step that retries or deletes the batch demands the hold.

KEYS[1]  meta     hash: the batch
ARGV[1]  purpose  "reopening" or "removing"

Returns  { "missing" }
         { "wrong_state", state }   the batch is not finished
         { "held", hold, edition, state, created_at, finished_at, queue, queue_version, is_unsettled, uses_queue }
             `hold`: "<edition>@<ms>", the one that the batch has for this purpose already, if any. Then its description

Safe to repeat: it returns the same hold.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/description"

local meta = KEYS[1]
local purpose = ARGV[1]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state ~= 'completed' and batch.state ~= 'cancelled' then return { 'wrong_state', batch.state } end

local hold = redis.call('HGET', meta, purpose)
if not hold then
  hold = string.format('%d@%.0f', redis.call('HINCRBY', meta, 'edition', 1), clock_ms())
  redis.call('HSET', meta, purpose, hold)
end
return { 'held', hold, describe(meta) }
