--[[
settle-permits: correct what was booked for permits: nothing for calls never made, the real weights for others.

KEYS[1]   settings     hash: the limit's settings
KEYS[2]   ledger       hash: what was granted, for when, and what the upstream said
ARGV[1]   deadline_us  after this time the script does nothing: the command may have been sent twice
ARGV[2+]  corrections  booked, unit, change ... ; `booked`: the time the permit is booked for. `change`: by how much the
                       real weight is above (or, negative, below) what was booked

Returns  { "settled" }   also when that time no longer counts, the deadline has passed, or the limit is missing

Not safe to repeat, since a refund made twice would let too much through. Therefore the deadline is earlier than a lost
connection can be restored.
Cost: O(corrections).
]]

--- @include "lib/clock"
--- @include "lib/ledger"

local limit = read_limit(KEYS[1])
local deadline = tonumber(ARGV[1])
local now = clock_us()
if not limit or now > deadline then return { 'settled' } end

local ledger = open_ledger(KEYS[2], limit, now)

-- A cell that no longer counts must stay empty: its weight would never leave the sum, and walks end when the sum is 0.
for _, rule in ipairs(limit.rules) do drop_expired(rule, now) end

local function correct(booked, unit, change)
  -- It was booked before the clock was set back. A cell so far ahead would make every walk long.
  if booked > ledger.last_booked then return end
  for _, rule in ipairs(limit.rules) do
    local n = cell_of(rule, booked)
    if rule.unit == unit and n >= rule.head then change_cell(rule, n, change) end
  end
end

for i = 2, #ARGV, 3 do correct(tonumber(ARGV[i]), ARGV[i + 1], tonumber(ARGV[i + 2])) end

store_ledger(ledger, now)
return { 'settled' }
