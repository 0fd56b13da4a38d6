-- The window ledger of a limit: how much each rule granted, and for when. All times are µs of Redis's clock.
--
-- A rule's window is divided into cells. A grant is booked in the cell that contains its start time, as of the END of
-- that cell, and counts for a window and the rule's guard interval after that. Therefore no window of the rule's length
-- ever holds more than its maximum, for any weights: the last grant in a window was made with all others counted. Start
-- times never go back. Cell numbers stay below 1e13, since `..` builds their field names and is exact up to 14 digits.
local CELLS_AT_ONCE = 16

-- The ledger of an unused limit expires after this time. It is long empty by then; an adaptive limit forgets its
-- factor.
local IDLE_MS = 3600 * 1000

local LEDGER_NUMBERS = {
  -- When the ledger changed last.
  'written_at',
  -- The newest start time granted, the earliest next start that the burst factor allows, the newest time booked.
  'last_start', 'next_start', 'last_booked',
  -- When the next refused task should ask again, and how much refused tasks are spread out.
  'ask_at', 'crowding',
  -- What the upstream said; lib/upstream writes these.
  'paused_until', 'epoch', 'pauses', 'backoff', 'probe_until', 'factor', 'factor_at', 'started_at',
}

-- Those of the numbers that are times.
local LEDGER_TIMES = {
  'written_at', 'last_start', 'next_start', 'last_booked', 'ask_at', 'paused_until', 'probe_until', 'factor_at',
  'started_at',
}

-- Clocks that are kept in step go back by milliseconds at most, which delays starts by as much.
local MAX_STEP_BACK = 1000000

-- Returns the settings, or nil when the limit is missing. Rules are lines "<unit> <max> <window> <guard> <cell>".
local function read_limit(settings)
  local fields = redis.call('HMGET', settings, 'rules', 'burst_factor', 'adaptive', 'max_pause_us')
  if not fields[1] then return nil end
  local limit = {
    burst_factor = tonumber(fields[2]),
    is_adaptive = fields[3] == '1',
    max_pause = tonumber(fields[4]),
    rules = {},
  }
  for unit, max, window, guard, cell in string.gmatch(fields[1], '(%S+) (%d+) (%d+) (%d+) (%d+)') do
    limit.rules[#limit.rules + 1] = {
      id = unit .. '/' .. window,
      unit = unit,
      max = tonumber(max),
      window = tonumber(window),
      guard = tonumber(guard),
      cell = tonumber(cell),
      -- A grant counts for this long after the end of its cell.
      reach = tonumber(window) + tonumber(guard),
    }
  end
  return limit
end

-- Reads what a walk over rules needs: the first cell that counts, and the sum of all cells that do.
local function open_rules(key, rules)
  local fields = {}
  for _, rule in ipairs(rules) do
    fields[#fields + 1] = rule.id .. ':head'
    fields[#fields + 1] = rule.id .. ':sum'
  end
  local values = redis.call('HMGET', key, unpack(fields))
  for i, rule in ipairs(rules) do
    rule.key = key
    rule.head, rule.sum = tonumber(values[2 * i - 1] or 0), tonumber(values[2 * i] or 0)
    rule.stored_head, rule.stored_sum = rule.head, rule.sum
    rule.cells, rule.booked, rule.stale = {}, {}, {}
  end
end

-- Weights are "<unit> <weight> <unit> <weight> ...".
local function read_weights(text)
  local weights = {}
  for unit, weight in string.gmatch(text, '(%S+) (%d+)') do weights[unit] = tonumber(weight) end
  return weights
end

-- Cells ---------------------------------------------------------------------------------------------------------------

local function cell_of(rule, time)
  return math.ceil(time / rule.cell)
end

local function read_cell(rule, n)
  if not rule.cells[n] then
    local fields = {}
    for i = 0, CELLS_AT_ONCE - 1 do fields[i + 1] = rule.id .. ':' .. n + i end
    local values = redis.call('HMGET', rule.key, unpack(fields))
    for i = 0, CELLS_AT_ONCE - 1 do
      rule.cells[n + i] = rule.cells[n + i] or tonumber(values[i + 1] or 0)
    end
  end
  return rule.cells[n]
end

local function change_cell(rule, n, change)
  local before = read_cell(rule, n)
  local after = math.max(0, before + change)
  rule.cells[n], rule.booked[n] = after, after
  rule.sum = rule.sum + after - before
end

local function drop_head(rule)
  local weight = read_cell(rule, rule.head)
  if weight > 0 then rule.stale[#rule.stale + 1] = rule.head end
  rule.sum = rule.sum - weight
  rule.head = rule.head + 1
end

-- Cells after the last that counts are empty, so a walk ends when the sum is 0. Expired cells are dropped before
-- anything is booked, so the cells that count lie within a window and a look-ahead.
local function drop_expired(rule, time)
  local first = math.floor((time - rule.reach) / rule.cell) + 1
  while rule.sum > 0 and rule.head < first do drop_head(rule) end
  rule.head = math.max(rule.head, first)
end

-- Returns the first time from `time` on at which the rule, allowing `max`, has room for `weight`.
local function room_at(rule, weight, max, time)
  drop_expired(rule, time)
  while rule.sum > 0 and rule.sum + weight > max do
    time = math.max(time, rule.head * rule.cell + rule.reach)
    drop_head(rule)
  end
  return time
end

local function mark(rules)
  local marks = {}
  for i, rule in ipairs(rules) do marks[i] = { rule.head, rule.sum, #rule.stale } end
  return marks
end

-- Undoes the walk since the mark.
local function go_back(rules, marks)
  for i, rule in ipairs(rules) do
    rule.head, rule.sum = marks[i][1], marks[i][2]
    for n = #rule.stale, marks[i][3] + 1, -1 do rule.stale[n] = nil end
  end
end

-- Moves everything that a rule counts to an earlier time. A cell that ends within another one then counts until the end
-- of that one.
local function move_cells_back(rule, now, step)
  local moved = {}
  while rule.sum > 0 do
    local n, weight = rule.head, read_cell(rule, rule.head)
    if weight > 0 then
      moved[#moved + 1] = { n, weight }
      change_cell(rule, n, -weight)
    end
    rule.head = n + 1
  end
  rule.head = math.floor((now - rule.reach) / rule.cell) + 1
  for _, cell in ipairs(moved) do change_cell(rule, cell_of(rule, cell[1] * rule.cell - step), cell[2]) end
end

-- A clock that was set back, or that of a replica which became the master, leaves all times of the ledger in the future,
-- and nothing would be granted until then. The ledger therefore moves back with the clock, by as much as it knows: by how
-- far the time at which it was written is ahead. What counts then counts as long as before, or longer. A clock that was
-- set ahead cannot be told from time that has passed: windows end that much too early.
local function follow_clock(ledger, now)
  local step = ledger.written_at - now
  if step <= MAX_STEP_BACK then return end
  ledger.has_moved = true
  for _, field in ipairs(LEDGER_TIMES) do ledger[field] = math.max(0, ledger[field] - step) end
  for _, rule in ipairs(ledger.limit.rules) do move_cells_back(rule, now, step) end
end

local function open_ledger(key, limit, now)
  local values = redis.call('HMGET', key, unpack(LEDGER_NUMBERS))
  local ledger = { key = key, limit = limit, stored = {} }
  for i, field in ipairs(LEDGER_NUMBERS) do
    ledger[field] = tonumber(values[i] or 0)
    ledger.stored[field] = ledger[field]
  end
  open_rules(key, limit.rules)
  follow_clock(ledger, now)
  return ledger
end

-- Write ---------------------------------------------------------------------------------------------------------------

local function collect_rule(rule, set, gone)
  for n, weight in pairs(rule.booked) do
    if weight > 0 and n >= rule.head then
      set[#set + 1] = rule.id .. ':' .. n
      set[#set + 1] = weight
    else
      gone[#gone + 1] = rule.id .. ':' .. n
    end
  end
  for _, n in ipairs(rule.stale) do
    if n < rule.head then gone[#gone + 1] = rule.id .. ':' .. n end
  end
  if rule.head ~= rule.stored_head or rule.sum ~= rule.stored_sum then
    for _, value in ipairs({ rule.id .. ':head', rule.head, rule.id .. ':sum', rule.sum }) do set[#set + 1] = value end
  end
end

local function store_ledger(ledger, now)
  local set, gone, reach = {}, {}, 0
  for _, field in ipairs(LEDGER_NUMBERS) do
    if ledger[field] ~= ledger.stored[field] then
      set[#set + 1] = field
      set[#set + 1] = ledger[field]
    end
  end
  for _, rule in ipairs(ledger.limit.rules) do
    collect_rule(rule, set, gone)
    reach = math.max(reach, rule.reach)
  end
  if #gone > 0 then redis.call('HDEL', ledger.key, unpack(gone)) end
  if #set == 0 then return end
  redis.call('HSET', ledger.key, 'written_at', now, unpack(set))
  local busy_us = math.max(ledger.last_booked, ledger.paused_until, now) - now + reach
  redis.call('PEXPIRE', ledger.key, math.ceil(busy_us / 1000) + IDLE_MS)
end

-- Tells workers to ask at once. The times that the ledger named to refused tasks are void.
local function announce_change(signals, name)
  redis.call('PUBLISH', signals, '{"kind":"limit","limit":"' .. name .. '"}')
end
