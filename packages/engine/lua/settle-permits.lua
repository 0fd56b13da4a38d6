--[[
settle-permits: correct what was booked for permits, once it is known: nothing for tasks that never started, what they
really weight for others.

KEYS[1]   settings        hash: the limit's settings
KEYS[2]   ledger        hash: what was granted when, and what the upstream said
ARGV[1]   deadline_us   after this nothing is done: the command may be one that was sent again
ARGV[2+]  corrections   booked, unit, change ... ; `booked` is the time the permit was
                        booked for, and a change is what the real weight is above (or, negative, below) what was
                        booked

Returns  { "settled" }   also when that time no longer counts, the deadline is over, or there is no
                         such limit

Not safe to repeat, as a refund that is made twice would let too much through: so the deadline is before a lost connection
can be back.
Cost: O(corrections).
]]

--- @include "lib/clock"
--- @include "lib/ledger"

local limit = read_limit(KEYS[1])
local deadline = tonumber(ARGV[1])
local now = clock_us()
if not limit or now > deadline then return { 'settled' } end

local ledger = open_ledger(KEYS[2], limit)

-- A cell that no longer counts must not get anything: the walk from the first that does would never end.
for _, rule in ipairs(limit.rules) do drop_expired(rule, now) end

local function correct(booked, unit, change)
  for _, rule in ipairs(limit.rules) do
    local n = cell_of(rule, booked)
    if rule.unit == unit and n >= rule.head then change_cell(rule, n, change) end
  end
end

for i = 2, #ARGV, 3 do correct(tonumber(ARGV[i]), ARGV[i + 1], tonumber(ARGV[i + 2])) end

store_ledger(ledger, now)
return { 'settled' }
