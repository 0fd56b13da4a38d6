--[[
advance-bulk: record what a bulk operation did with a batch, and go on to the next one.

KEYS[1]  operation  hash: the bulk operation
KEYS[2]  batches    list: the ids of its batches, in order
KEYS[3]  skips      list: why it skipped batches, as JSON
ARGV[1]  position   of the batch in the list
ARGV[2]  tasks      that the action touched
ARGV[3]  skip       why the batch was skipped, as JSON; empty: it was not
ARGV[4]  kept_ms    how long the operation is kept from now on

Returns  { "advanced" }
         { "missing" }   no such operation
         { "passed" }    the operation has ended, or another step has recorded the batch

Safe to repeat: a position is recorded once.
Cost: O(1).
]]

--- @include "lib/clock"

local MAX_SKIPS = 100

local operation, batches, skips = KEYS[1], KEYS[2], KEYS[3]
local position, tasks, skip, kept_ms = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local fields = redis.call('HMGET', operation, 'state', 'position', 'total')
if not fields[1] then return { 'missing' } end
if fields[1] ~= 'running' or fields[2] ~= position then return { 'passed' } end

redis.call('HINCRBY', operation, 'position', 1)
redis.call('HINCRBY', operation, skip == '' and 'done' or 'skipped', 1)
redis.call('HINCRBY', operation, 'tasks', tasks)
if skip ~= '' and redis.call('LLEN', skips) < MAX_SKIPS then redis.call('RPUSH', skips, skip) end
if position + 1 >= tonumber(fields[3]) then
  redis.call('HSET', operation, 'state', 'completed', 'finished_at', clock_ms())
end
for _, key in ipairs({ operation, batches, skips }) do redis.call('PEXPIRE', key, kept_ms) end
return { 'advanced' }
