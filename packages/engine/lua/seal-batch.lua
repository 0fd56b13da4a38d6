--[[
seal-batch: declare a batch complete in number; complete it when all its tasks are finished.

Once the total is known, the error rate may be known to stay too high: the script judges the criteria once more.

KEYS[1]  meta           hash: the batch
KEYS[2]  criteria       hash: its interruption criteria
KEYS[3]  interruptions  list: one JSON row each, newest first
ARGV[1]  signals        channel that tells workers to stop

Returns  { "sealed", state, transition }
             `state`: afterwards. `transition`: of the batch, as JSON, or ''
         { "missing" }
         { "wrong_state", state }   the batch is cancelled

Safe to repeat: sealing twice equals sealing once.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/byte-string"
--- @include "lib/task-states"
--- @include "lib/criteria"
--- @include "lib/interrupt"

local meta, criteria_key, interruptions = KEYS[1], KEYS[2], KEYS[3]
local signals = ARGV[1]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state == 'cancelled' then return { 'wrong_state', batch.state } end

batch.sealed = 1
if batch.state == 'active' then
  local now = clock_ms()
  if is_finished(batch, true) then
    batch.state, batch.finished_at = 'completed', now
  else
    local cause = find_trip(batch, read_criteria(criteria_key), now)
    if cause then interrupt(meta, interruptions, signals, batch, now, cause) end
  end
end
store_batch(meta, batch)
return { 'sealed', batch.state, transition_of(batch) }
