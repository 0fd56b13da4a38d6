--[[
check-batch: judge an active batch by its criteria now, although nothing happens in it.

Deadlines call this, so that max_batch_runtime_ms trips without activity; updates call it, so that a changed criterion
trips at once.

KEYS[1]  meta           hash: the batch
KEYS[2]  criteria       hash: its interruption criteria
KEYS[3]  interruptions  list: one JSON row each, newest first
ARGV[1]  signals        channel that tells workers to stop

Returns  { "checked", state, deadline_ms, transition }
             `deadline_ms`: time until max_batch_runtime_ms is reached; -1: it does not apply now. `transition`: of the
             batch, as JSON, or ''
         { "missing" }

Safe to repeat: a batch that is not active never trips.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/criteria"
--- @include "lib/interrupt"

local meta, criteria_key, interruptions = KEYS[1], KEYS[2], KEYS[3]
local signals = ARGV[1]

local batch = read_batch(meta)
if not batch then return { 'missing' } end

local now = clock_ms()
local criteria = read_criteria(criteria_key)
local cause = batch.state == 'active' and find_trip(batch, criteria, now)
if cause then
  interrupt(meta, interruptions, signals, batch, now, cause)
  store_batch(meta, batch)
end

local limit = criteria.max_batch_runtime_ms
local is_running = batch.state == 'active' and batch.runtime_from > 0
local deadline_ms = is_running and limit and batch.runtime_from + limit - now or -1
return { 'checked', batch.state, deadline_ms, transition_of(batch) }
