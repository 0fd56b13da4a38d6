--[[
start-bulk: store a bulk operation and the batches that it will act on.

KEYS[1]  operation  hash: the bulk operation
KEYS[2]  batches    list: the ids of its batches, in order
ARGV[1]  request    what is to be done, and by whom, as JSON
ARGV[2]  kept_ms    how long it is kept after its last step
ARGV[3+] ids        the batches

Returns  { "started" }

Safe to repeat: a repeat stores the same again, if no step was taken meanwhile.
Cost: O(ids).
]]

--- @include "lib/clock"

local operation, batches = KEYS[1], KEYS[2]
local request, kept_ms = ARGV[1], ARGV[2]
local FIRST_ID = 3
local total = #ARGV - FIRST_ID + 1

local now = clock_ms()
redis.call('DEL', batches)
-- The stack of Lua bounds the arguments of a call.
for i = FIRST_ID, #ARGV do redis.call('RPUSH', batches, ARGV[i]) end
redis.call('HSET', operation, 'state', total > 0 and 'running' or 'completed', 'request', request, 'created_at', now,
  'total', total, 'position', 0, 'done', 0, 'skipped', 0, 'tasks', 0)
if total == 0 then redis.call('HSET', operation, 'finished_at', now) end
redis.call('PEXPIRE', operation, kept_ms)
if total > 0 then redis.call('PEXPIRE', batches, kept_ms) end
return { 'started' }
