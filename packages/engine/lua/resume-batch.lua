--[[
resume-batch: make an interrupted batch active again, and reset what its criteria count.

KEYS[1]  meta           hash: the batch
KEYS[2]  postponements  hash: seq -> how often the upstream postponed it, and since when
KEYS[3]  marks          list: moments that explain changes in the series

Returns  { "resumed", state, transition }
             `state`: active, or completed when nothing was left to run. `transition`: of the batch, as JSON
         { "missing" }
         { "wrong_state", state }   the batch is not interrupted

Safe to repeat: only an interrupted batch is resumed.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/byte-string"
--- @include "lib/task-states"
--- @include "lib/pace"
--- @include "lib/marks"

local meta, postponements, marks = KEYS[1], KEYS[2], KEYS[3]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state ~= 'interrupted' then return { 'wrong_state', batch.state } end

local now = clock_ms()
reset_criteria_counts(batch, now)
forget_refusals(batch, now)
batch.state, batch.interrupted_at, batch.paused_until = 'active', 0, 0
batch.version = batch.version + 1
if is_finished(batch, batch.sealed == 1) then batch.state, batch.finished_at = 'completed', now end
store_batch(meta, batch)
add_mark(marks, 'resumed', now)
-- An interruption may last for days, and a task may be postponed only for so long.
redis.call('UNLINK', postponements)
return { 'resumed', batch.state, transition_of(batch) }
