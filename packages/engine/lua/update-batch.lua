--[[
update-batch: change settings and criteria of a batch that is in one of the given states.

KEYS[1]  meta      hash: the batch
KEYS[2]  criteria  hash: its interruption criteria
KEYS[3]  marks     list: moments that explain changes in the series
ARGV[1]  states    the states in which the update is allowed, separated by spaces
ARGV[2]  if_version  the version that the batch must have; empty: any
ARGV[3]  settings  how many of the following pairs are settings: field, value
ARGV[4+] changes   the settings, then the criteria: field, value; an empty value switches a criterion off

Returns  { "updated", state }
         { "missing" }
         { "wrong_state", state }   the batch is in none of these states
         { "changed" }              the batch has another version
         { "started" }              a task of the batch has been leased, so that start_at cannot change any more

Safe to repeat: the script sets values, and a version that rises twice has no effect.
Cost: O(changes).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/marks"
--- @include "lib/tickets"

local meta, criteria, marks = KEYS[1], KEYS[2], KEYS[3]
local states, if_version, setting_count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local FIRST_CHANGE = 4

local batch = read_batch(meta)
if not batch then return { 'missing' } end
local is_allowed = string.find(' ' .. states .. ' ', ' ' .. batch.state .. ' ', 1, true)
if not is_allowed then return { 'wrong_state', batch.state } end
if if_version ~= '' and batch.version ~= tonumber(if_version) then return { 'changed' } end

local last_setting = FIRST_CHANGE + 2 * setting_count - 2
for i = FIRST_CHANGE, last_setting, 2 do
  if ARGV[i] == 'start_at' and batch.started_at > 0 then return { 'started' } end
end

for i = FIRST_CHANGE, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  if i <= last_setting then
    redis.call('HSET', meta, field, value)
  elseif value == '' then
    redis.call('HDEL', criteria, field)
  else
    redis.call('HSET', criteria, field, value)
  end
end
set_tickets(meta)
redis.call('HINCRBY', meta, 'version', 1)
add_mark(marks, 'changed', clock_ms())
return { 'updated', batch.state }
