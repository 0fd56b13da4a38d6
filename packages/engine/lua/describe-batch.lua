--[[
describe-batch: read what the indexes list of a batch, with the next edition.

KEYS[1]  meta     hash: the batch
ARGV[1]  release  the hold that ends with this step; empty: none

Returns  { "missing" }
         { "described", edition, state, created_at, finished_at, tenant, tasks, bytes, queue, queue_version,
           is_unsettled, uses_queue }
             `finished_at`: 0 unless the batch is finished. `queue_version`: of the queue's settings that the batch has.
             Also for a batch that is being deleted

Safe to repeat: editions may have gaps.
Cost: O(1).
]]

--- @include "lib/description"

local meta = KEYS[1]
local release = ARGV[1]

for _, purpose in ipairs({ 'reopening', 'removing' }) do
  if release ~= '' and redis.call('HGET', meta, purpose) == release then redis.call('HDEL', meta, purpose) end
end
local description = { describe(meta) }
if #description == 0 then return { 'missing' } end
return { 'described', unpack(description) }
