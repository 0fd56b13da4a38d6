--[[
interrupt-batch: interrupt an active batch at a client's request, so that it can be resumed later.

KEYS[1]  meta           hash: the batch
KEYS[2]  interruptions  list: one JSON row each, newest first
ARGV[1]  signals        channel that tells workers to stop
ARGV[2]  reason         one word
ARGV[3]  message        a sentence
ARGV[4]  abort          "1": running attempts are aborted; "0": they finish and are recorded

Returns  { "interrupted", transition }   `transition`: of the batch, as JSON
         { "missing" }
         { "wrong_state", state }   the batch is not active

Safe to repeat: an interrupted batch is not interrupted again.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/interrupt"

local meta, interruptions = KEYS[1], KEYS[2]
local signals, reason, message, abort = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state ~= 'active' then return { 'wrong_state', batch.state } end

interrupt(meta, interruptions, signals, batch, clock_ms(), { reason = reason, message = message, abort = abort == '1' })
store_batch(meta, batch)
return { 'interrupted', transition_of(batch) }
