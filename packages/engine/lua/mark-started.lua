--[[
mark-started: say which tasks start that turns with the intent "reserve" have leased, or that they wait again.

If the worker dies while a task is marked, the task has spent an attempt.

KEYS[1]   meta    hash: the batch
KEYS[2]   leases  hash: ticket -> run, turn, since, tasks
ARGV[1+]  marks   for each task: ticket, run, turn, has_started
    ticket       its number in the batch
    run          the run that leased the task
    turn         the turn that leased it
    has_started  1: it starts; 0: it waits again

Returns  { "marked", count }   how many marks changed something. A mark changes nothing if its ticket has taken a later
                               turn or holds no reserved tasks, and if it is repeated

Safe to repeat.
Cost: O(marks). The caller bounds it: at most 64.
]]

--- @include "lib/clock"
--- @include "lib/leases"

local meta, leases = KEYS[1], KEYS[2]
local MARK_FIELDS = 4

local now = string.format('%.0f', clock_ms())
local count, change = 0, 0

local function mark(ticket, run, turn, starts)
  local text = redis.call('HGET', leases, ticket)
  local lease = text and parse_lease(text)
  if not lease or not lease.has_mark or lease.run ~= run or lease.turn ~= turn then return end
  if lease.has_started == starts then return end
  count, change = count + 1, change + (starts and 1 or -1)
  redis.call('HSET', leases, ticket, (string.gsub(text, '%a.*$', starts and 'started ' .. now or 'reserved')))
end

for i = 1, #ARGV, MARK_FIELDS do
  mark(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3] == '1')
end
if change ~= 0 then redis.call('HINCRBY', meta, 'started', change) end
return { 'marked', count }
