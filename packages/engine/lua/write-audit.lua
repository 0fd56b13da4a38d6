--[[
write-audit: add entries to the audit log, and drop the oldest ones beyond its bound.

The id of an entry is the time of Redis's clock, and a number that no other entry of that time has, in either stream. The
entries of all processes and of both streams are therefore in one order: that in which they were written.

KEYS[1]   control      stream: entries of what only some roles may do
KEYS[2]   traffic      stream: entries of submissions and refusals
ARGV[1]   max_entries  about how many entries each stream keeps
ARGV[2+]  entries      pairs: "control" or "traffic", and the entry as JSON

Returns  { "written" }

Not safe to repeat: a repeat adds the entries again.
Cost: O(entries).
]]

--- @include "lib/clock"

local control, traffic = KEYS[1], KEYS[2]
local max_entries = ARGV[1]

--- The time and number of the last entry of a stream.
local function last_of(stream)
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  if not last then return 0, 0 end
  local ms, seq = string.match(last[1], '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end

--- The first free time and number. The clock may have gone back, and the ids of a stream may not.
local function next_id()
  local ms, seq = clock_ms(), 0
  for _, stream in ipairs({ control, traffic }) do
    local last_ms, last_seq = last_of(stream)
    if last_ms > ms then
      ms, seq = last_ms, last_seq + 1
    elseif last_ms == ms then
      seq = math.max(seq, last_seq + 1)
    end
  end
  return ms, seq
end

local ms, seq = next_id()
for i = 2, #ARGV, 2 do
  local stream = ARGV[i] == 'control' and control or traffic
  local id = string.format('%.0f-%.0f', ms, seq)
  redis.call('XADD', stream, 'MAXLEN', '~', max_entries, id, 'entry', ARGV[i + 1])
  seq = seq + 1
end
return { 'written' }
