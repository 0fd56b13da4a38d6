--[[
put-limit: hand the settings of a limit to its ledger, also while it is in use, unless it has later ones.

Earlier grants keep counting: a rule whose window has a new length starts with what its predecessor has booked. A ledger
without settings keeps what it has, too.

KEYS[1]  settings      hash: the limit's settings
KEYS[2]  ledger        hash: what was granted, for when, and what the upstream said
ARGV[1]  version       of the settings
ARGV[2]  rules         lines "<unit> <max> <window> <guard> <cell>", times in us
ARGV[3]  burst_factor  how much faster than evenly spaced tasks may start
ARGV[4]  adaptive      "1" or "0"
ARGV[5]  max_pause_us  longest pause that a response of the upstream causes. A longer pause that runs is shortened
ARGV[6]  signals       channel that has workers ask for permits again
ARGV[7]  name          of the limit

Returns  { "put" }
         { "outdated" }   the ledger has later settings

Safe to repeat.
Cost: O(cells), at most 512 per rule.
]]

--- @include "lib/clock"
--- @include "lib/ledger"

local settings, key = KEYS[1], KEYS[2]
local version, rules, burst_factor, adaptive = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local max_pause_us, signals, name = ARGV[5], ARGV[6], ARGV[7]

if tonumber(redis.call('HGET', settings, 'version') or 0) > tonumber(version) then return { 'outdated' } end
local before = read_limit(settings)
redis.call('HSET', settings, 'version', version, 'rules', rules, 'burst_factor', burst_factor, 'adaptive', adaptive,
  'max_pause_us', max_pause_us)
if not before then
  announce_change(signals, name)
  return { 'put' }
end

local now = clock_us()
local ledger = open_ledger(key, before, now)
-- The rules are opened again below.
if ledger.has_moved then store_ledger(ledger, now) end
local limit = read_limit(settings)
-- A rule that was long unused still has old cells, and a walk from there to now would take seconds.
for _, rule in ipairs(before.rules) do drop_expired(rule, now) end

local function find(list, id)
  for _, rule in ipairs(list) do
    if rule.id == id then return rule end
  end
end

-- Returns the rule of the same unit that remembers just long enough for the new rule, or else the longest.
local function predecessor(rule)
  local best
  for _, other in ipairs(before.rules) do
    if other.unit == rule.unit then
      local is_better = not best or (best.window < rule.window and other.window > best.window)
        or (other.window >= rule.window and other.window < best.window)
      if is_better then best = other end
    end
  end
  return best
end

local function each_cell(rule, visit)
  if rule.sum == 0 then return end
  for n = rule.head, cell_of(rule, math.max(ledger.last_booked, now)) do
    local weight = read_cell(rule, n)
    if weight > 0 then visit(n, weight) end
  end
end

local function inherit(rule)
  local old = predecessor(rule)
  if not old then return end
  rule.head = math.floor((now - rule.reach) / rule.cell) + 1
  each_cell(old, function(n, weight)
    local cell = cell_of(rule, n * old.cell)
    if cell >= rule.head then change_cell(rule, cell, weight) end
  end)
end

open_rules(key, limit.rules)
for _, rule in ipairs(limit.rules) do
  if not find(before.rules, rule.id) then inherit(rule) end
end

for _, rule in ipairs(before.rules) do
  if not find(limit.rules, rule.id) then
    local fields = { rule.id .. ':head', rule.id .. ':sum' }
    each_cell(rule, function(n) fields[#fields + 1] = rule.id .. ':' .. n end)
    for _, n in ipairs(rule.stale) do fields[#fields + 1] = rule.id .. ':' .. n end
    redis.call('HDEL', key, unpack(fields))
  end
end

if not limit.is_adaptive then ledger.factor, ledger.factor_at, ledger.started_at = 0, 0, 0 end
-- The times that refused tasks got under the old rules are void.
ledger.ask_at, ledger.next_start = 0, math.min(ledger.next_start, math.max(now, ledger.last_start))
ledger.limit = limit
ledger.paused_until = math.min(ledger.paused_until, now + limit.max_pause)
store_ledger(ledger, now)
announce_change(signals, name)
return { 'put' }
