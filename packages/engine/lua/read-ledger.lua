--[[
read-ledger: read how much of a limit is used, and when the next start is possible.

KEYS[1]  settings  hash: the limit's settings
KEYS[2]  ledger    hash: what was granted, for when, and what the upstream said

Returns  { "missing" }
         { "ledger", next_us, pause_us, probing, permille, pauses, ... }
             Times from now. `probing`: 1 while a single task probes the upstream. `permille`: the share of its maxima
             that an adaptive limit allows now. Then for each rule, in order: `used`, granted for now or earlier and
             still counting, and `reserved`, granted for later

Safe to repeat: it changes nothing.
Cost: O(cells), at most 512 per rule.
]]

--- @include "lib/clock"
--- @include "lib/ledger"
--- @include "lib/upstream"

local limit = read_limit(KEYS[1])
if not limit then return { 'missing' } end

local now = clock_us()
local ledger = open_ledger(KEYS[2], limit, now)
local factor = factor_now(ledger, now)

local function reserved(rule)
  local sum = 0
  local first, last = math.max(rule.head, cell_of(rule, now) + 1), cell_of(rule, ledger.last_booked)
  for n = first, last do sum = sum + read_cell(rule, n) end
  return sum
end

local uses = {}
for _, rule in ipairs(limit.rules) do
  drop_expired(rule, now)
  local later = reserved(rule)
  uses[#uses + 1] = rule.sum - later
  uses[#uses + 1] = later
end

local start = math.max(now, ledger.last_start, ledger.paused_until, ledger.next_start)
for _, rule in ipairs(limit.rules) do start = room_at(rule, 1, allowed(rule, factor), start) end

local pause_us = math.max(0, ledger.paused_until - now)
local is_probing = ledger.backoff > 0 and 1 or 0
local next_us, permille = math.ceil(start - now), math.floor(factor * 1000)
return { 'ledger', next_us, math.ceil(pause_us), is_probing, permille, ledger.pauses, unpack(uses) }
