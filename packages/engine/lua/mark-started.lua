--[[
mark-started: say that the tasks start that a turn with the intent "reserve" has leased.

If the worker dies from now on, they have spent an attempt.

KEYS[1]  meta    hash: the batch
KEYS[2]  leases  hash: ticket -> run, turn, since, tasks
ARGV[1]  ticket  its number in the batch
ARGV[2]  run     the run that leased the tasks
ARGV[3]  turn    the turn that leased them

Returns  { "started" }
         { "outdated" }   the ticket has taken a later turn, or holds no reserved tasks

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/leases"

local meta, leases = KEYS[1], KEYS[2]
local ticket, run, turn = ARGV[1], ARGV[2], tonumber(ARGV[3])

local lease = read_lease(leases, ticket)
if not lease or not lease.is_reserved or lease.run ~= run or lease.turn ~= turn then return { 'outdated' } end
if not has_started(leases, ticket, lease) then
  redis.call('HSET', leases, ticket .. ':started', run .. ' ' .. turn .. ' ' .. string.format('%.0f', clock_ms()))
  redis.call('HINCRBY', meta, 'started', 1)
end
return { 'started' }
