--[[
create-batch: write a batch's settings and empty counters, once.

The batch is not indexed yet: its creator publishes it afterwards.

KEYS[1]  meta      hash: the batch
KEYS[2]  criteria  hash: its interruption criteria
ARGV[1]  deadline  ms: after this time the script does nothing, since the draft may have been discarded
ARGV[2]  settings  how many of the following pairs are settings: field, value
ARGV[3+] fields    the settings, then the criteria: field, value

Returns  { "created", created_at }
         { "late" }

Safe to repeat: an existing batch stays unchanged, and the reply has its own time.
Cost: O(fields).
]]

--- @include "lib/clock"
--- @include "lib/tickets"

local meta, criteria = KEYS[1], KEYS[2]
local deadline, setting_count = tonumber(ARGV[1]), tonumber(ARGV[2])
local FIRST_FIELD = 3

local created_at = redis.call('HGET', meta, 'created_at')
if created_at then return { 'created', tonumber(created_at) } end

local now = clock_ms()
if now > deadline then return { 'late' } end
redis.call('HSET', meta, 'state', 'active', 'sealed', 0, 'cursor', 0, 'created_at', now, 'version', 1)
redis.call('HSET', meta, unpack(ARGV, FIRST_FIELD, FIRST_FIELD + 2 * setting_count - 1))
redis.call('HSET', meta, 'total', 0, 'pending', 0, 'delayed', 0, 'running', 0)
redis.call('HSET', meta, 'completed', 0, 'failed', 0, 'cancelled', 0)
set_tickets(meta)
local first_criterion = FIRST_FIELD + 2 * setting_count
if first_criterion <= #ARGV then redis.call('HSET', criteria, unpack(ARGV, first_criterion)) end
return { 'created', now }
