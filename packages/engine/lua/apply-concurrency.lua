--[[
apply-concurrency: give a batch the concurrency of its queue, unless it has a later one.

Several processes apply settings at once, and may have read older ones. The greatest version stays.

KEYS[1]  meta               hash: the batch
ARGV[1]  version            of the queue's settings
ARGV[2]  queue_concurrency  of the queue

Returns  { "applied", is_changed }   `is_changed`: "1" if the number of tickets has changed
         { "missing" }

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/batch"
--- @include "lib/tickets"

local meta = KEYS[1]
local version, queue_concurrency = tonumber(ARGV[1]), ARGV[2]

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.queue_version >= version then return { 'applied', 0 } end

redis.call('HSET', meta, 'queue_version', version, 'queue_concurrency', queue_concurrency)
return { 'applied', set_tickets(meta) and 1 or 0 }
