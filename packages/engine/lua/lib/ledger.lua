-- The window ledger of a limit: how much each rule has granted, and when. All times are µs of Redis's clock.
--
-- A rule's window is divided into cells. A grant is booked in the cell its start lies in, as of the END of that cell, and
-- counts until a window and the rule's guard after that. So no window of the rule's length ever holds more than its
-- maximum, for any weights: whichever grant in it is the last saw all the others counted. Slots never go back in time.
-- Field names of cells are made by `..`, exact up to 14 digits: cells are numbered below 1e13.
local CELLS_AT_ONCE = 16

-- After this the ledger of an unused limit goes. It has long been empty then; what an adaptive limit has learnt goes too.
local IDLE_MS = 3600 * 1000

local LEDGER_NUMBERS = {
  -- The newest start granted, when burst_factor allows the next start, and the newest time anything is booked for.
  'last_start', 'next_start', 'last_booked',
  -- When a task that is refused now shall ask again: each a little later than the one before, by how much.
  'ask_at', 'crowding',
  -- What the upstream said: lib/upstream.
  'paused_until', 'epoch', 'pauses', 'backoff', 'probe_until', 'factor', 'factor_at', 'started_at',
}

-- Settings, or nil when there is no such limit. Rules are lines "<unit> <max> <window> <guard> <cell>".
local function read_limit(settings)
  local fields = redis.call('HMGET', settings, 'rules', 'burst_factor', 'adaptive')
  if not fields[1] then return nil end
  local limit = { burst_factor = tonumber(fields[2]), is_adaptive = fields[3] == '1', rules = {} }
  for unit, max, window, guard, cell in string.gmatch(fields[1], '(%S+) (%d+) (%d+) (%d+) (%d+)') do
    limit.rules[#limit.rules + 1] = {
      id = unit .. '/' .. window,
      unit = unit,
      max = tonumber(max),
      window = tonumber(window),
      guard = tonumber(guard),
      cell = tonumber(cell),
      -- A grant counts so long after the end of its cell.
      reach = tonumber(window) + tonumber(guard),
    }
  end
  return limit
end

-- What rules need to be walked: the first cell that counts, and the sum of all that do.
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

local function open_ledger(key, limit)
  local values = redis.call('HMGET', key, unpack(LEDGER_NUMBERS))
  local ledger = { key = key, limit = limit, stored = {} }
  for i, field in ipairs(LEDGER_NUMBERS) do
    ledger[field] = tonumber(values[i] or 0)
    ledger.stored[field] = ledger[field]
  end
  open_rules(key, limit.rules)
  return ledger
end

-- Costs are "<unit> <weight> <unit> <weight> ...".
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

-- Cells beyond the last that counts are empty, so a walk ends as soon as the sum is 0. Nothing is ever booked in a rule
-- before what has expired by now is dropped, so those that count lie within a window and a look_ahead.
local function drop_expired(rule, time)
  local first = math.floor((time - rule.reach) / rule.cell) + 1
  while rule.sum > 0 and rule.head < first do drop_head(rule) end
  rule.head = math.max(rule.head, first)
end

-- The first moment from `time` on at which the rule, allowing `max`, has room for `weight`.
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

-- As if the walk since the mark had not been.
local function go_back(rules, marks)
  for i, rule in ipairs(rules) do
    rule.head, rule.sum = marks[i][1], marks[i][2]
    for n = #rule.stale, marks[i][3] + 1, -1 do rule.stale[n] = nil end
  end
end

-- A clock that was set back would leave starts in the future, where nothing is granted: then all that counts is taken as
-- granted now, which weights at most one window.
local function follow_clock(ledger, now, farthest)
  if ledger.last_start <= farthest then return end
  for _, rule in ipairs(ledger.limit.rules) do
    local sum = rule.sum
    while rule.sum > 0 do drop_head(rule) end
    rule.head = cell_of(rule, now)
    change_cell(rule, rule.head, sum)
  end
  ledger.last_start, ledger.next_start, ledger.last_booked, ledger.ask_at = now, now, now, 0
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
  redis.call('HSET', ledger.key, unpack(set))
  local busy_us = math.max(ledger.last_booked, ledger.paused_until, now) - now + reach
  redis.call('PEXPIRE', ledger.key, math.ceil(busy_us / 1000) + IDLE_MS)
end
