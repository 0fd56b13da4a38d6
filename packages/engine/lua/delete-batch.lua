--[[
delete-batch: decide that a finished batch is deleted, and make it missing for every script.

Its keys and its index entries are erased afterwards. A batch that is active again is not deleted, whatever the indexes
say.

KEYS[1]  meta             hash: the batch
ARGV[1]  hold             that announced the deletion; empty: the retention of the batch has ended
ARGV[2]  finished_before  ms: without a hold, a batch is deleted only if it finished at that time or earlier

Returns  { "deleting", transition }   `transition`: of the batch, as JSON
         { "missing" }              also when it is being deleted already
         { "wrong_state", state }   the batch is not finished
         { "unheld" }               the hold has ended
         { "running", count }       with a hold: tasks are still being aborted
         { "early" }                without a hold: the retention has not ended

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/batch"

local meta = KEYS[1]
local hold, finished_before = ARGV[1], tonumber(ARGV[2])

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state ~= 'completed' and batch.state ~= 'cancelled' then return { 'wrong_state', batch.state } end

if hold == '' then
  if batch.finished_at > finished_before then return { 'early' } end
else
  if redis.call('HGET', meta, 'removing') ~= hold then return { 'unheld' } end
  if batch.running > 0 then return { 'running', batch.running } end
end

redis.call('HSET', meta, 'deleting', 1)
-- No batch is stored in this state.
batch.state = 'deleted'
return { 'deleting', transition_of(batch) }
