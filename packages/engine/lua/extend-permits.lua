--[[
extend-permits: let starts that are late happen now, where that exceeds nothing.

A late start exceeds nothing while every start time that was granted since was granted with this permit counted. The
script then books the permit for now instead of for its start time, and it counts for that much longer.

KEYS[1]   settings     hash: the limit's settings
KEYS[2]   ledger       hash: what was granted, for when, and what the upstream said
ARGV[1]   deadline_us  after this time the script does nothing: the command may have been sent twice
ARGV[2]   slack_us     how long after now, and the guard interval, a start may be
ARGV[3+]  permits      for each permit the time it is booked for, and "<unit> <weight> <unit> <weight> ..."

Returns  { "missing" }
         { "extended", now, until ... }   for each permit the time it is booked for now, or 0: it must not be used, and
                                          stays booked as it was

Not safe to repeat, since other permits may be booked for the same time. Therefore the deadline is earlier than a lost
connection can be restored.
Cost: O(permits).
]]

--- @include "lib/clock"
--- @include "lib/ledger"

local limit = read_limit(KEYS[1])
if not limit then return { 'missing' } end

local deadline, slack = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = clock_us()
local ledger = open_ledger(KEYS[2], limit, now)
for _, rule in ipairs(limit.rules) do drop_expired(rule, now) end

local function touched_by(weights)
  local rules = {}
  for _, rule in ipairs(limit.rules) do
    rule.weight = weights[rule.unit] or 0
    if rule.weight > 0 then rules[#rules + 1] = rule end
  end
  return rules
end

local function is_counted_by_all(rules, booked)
  local newest = math.max(ledger.last_start, now)
  for _, rule in ipairs(rules) do
    if cell_of(rule, booked) * rule.cell + rule.reach <= newest then return false end
  end
  return true
end

local function extend(booked, weights)
  local rules = touched_by(weights)
  if now > deadline or ledger.paused_until > now or not is_counted_by_all(rules, booked) then return 0 end
  -- It was booked before the clock was set back, or in a ledger that has expired.
  if booked > ledger.last_booked then return 0 end
  local later = math.max(booked, now + slack)
  for _, rule in ipairs(rules) do
    change_cell(rule, cell_of(rule, booked), -rule.weight)
    change_cell(rule, cell_of(rule, later), rule.weight)
  end
  ledger.last_booked = math.max(ledger.last_booked, later)
  return later
end

local reply = { 'extended', now }
for i = 3, #ARGV, 2 do reply[#reply + 1] = extend(tonumber(ARGV[i]), read_weights(ARGV[i + 1])) end

store_ledger(ledger, now)
return reply
