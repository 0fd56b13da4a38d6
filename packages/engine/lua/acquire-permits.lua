--[[
acquire-permits: book for each task a time at which it may start, so that no rule of the limit is ever exceeded.

Tasks of all workers are served in order of arrival, and start times only rise. A task that finds no start time within
the look-ahead is refused and books nothing; the reply says when to ask again, and spreads those times out.

KEYS[1]   settings       hash: the limit's settings
KEYS[2]   ledger         hash: what was granted, for when, and what the upstream said
ARGV[1]   look_ahead_us  how far ahead a start time may be, at most three quarters of the shortest window:
                         extend-permits can rescue a late start only while no start time beyond its window was granted.
                         For a task with weights it is longer by the time in which these refill; otherwise light tasks
                         would delay heavy ones forever
ARGV[2]   lead_us        no start time is sooner than this: the time the reply takes to arrive. At most the look-ahead
ARGV[3+]  weights        for each task "<unit> <weight> <unit> <weight> ..."

Returns  { "missing" }
         { "permits", now, epoch, guard, probe, ... }
             Times in us. `guard`: a call that starts later than this after its start time may exceed the limit.
             `probe`: 1 when the first granted task probes whether the upstream accepts calls again. Then for each task
             its start time; or a negative number: refused, ask again after that time; or { unit, max, per_ms }: it
             weighs more than this rule ever allows

Safe to repeat: what a repeat books in vain is lost for one window, as if its worker had died.
Cost: O(tasks + cells dropped); each cell, at most 512 per window, is dropped once.
]]

--- @include "lib/clock"
--- @include "lib/ledger"
--- @include "lib/upstream"

local FIRST_TASK = 3
-- Asking again sooner is useless. A process that holds a place in the line may die, and then nothing starts in its place:
-- so no place is further away than this. A changed limit has all processes ask at once.
local MIN_REST, MAX_REST = 50000, 120000000

-- Granted tasks return on their own, and often leave no room for refused ones. Refused tasks therefore return more
-- slowly each time they find nothing, at worst four times as slowly, and faster as soon as there is room.
local MAX_CROWDING, MORE_CROWDING, LESS_CROWDING = 4, 1.1, 0.8

local limit = read_limit(KEYS[1])
if not limit then return { 'missing' } end

local max_look_ahead, lead = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = clock_us()
local ledger = open_ledger(KEYS[2], limit, now)
local factor = factor_now(ledger, now)
ledger.crowding = math.max(1, ledger.crowding)

local smallest_guard, shortest = math.huge, math.huge
for _, rule in ipairs(limit.rules) do
  smallest_guard, shortest = math.min(smallest_guard, rule.guard), math.min(shortest, rule.window)
end
local look_ahead = math.min(max_look_ahead, shortest * 0.75)

-- Returns how long the limit takes to refill what a task weighs: over all rules, and over the unpaced rules alone. Also
-- returns the spacing between two starts. Only requests are paced.
local function refill_times(weights)
  local all, unpaced, spacing = 0, 0, 0
  for _, rule in ipairs(limit.rules) do
    local time = (weights[rule.unit] or 0) * rule.window / allowed(rule, factor)
    all = math.max(all, time)
    if rule.unit == 'requests' then
      spacing = math.max(spacing, time)
    else
      unpaced = math.max(unpaced, math.min(time, rule.window))
    end
  end
  return all, unpaced, spacing / limit.burst_factor
end

local function impossible_for(weights)
  for _, rule in ipairs(limit.rules) do
    if (weights[rule.unit] or 0) > rule.max then return rule end
  end
end

local function find_start(weights, from)
  local time = from
  repeat
    local before = time
    for _, rule in ipairs(limit.rules) do
      local weight = weights[rule.unit] or 0
      -- A lowered limit still lets a single task through that weighs more than it allows now.
      if weight > 0 then time = room_at(rule, weight, math.max(weight, allowed(rule, factor)), time) end
    end
  until time == before
  return math.ceil(time)
end

local function book(weights, start, spacing)
  for _, rule in ipairs(limit.rules) do
    local weight = weights[rule.unit] or 0
    if weight > 0 then change_cell(rule, cell_of(rule, start), weight) end
  end
  ledger.last_start = start
  ledger.last_booked = math.max(ledger.last_booked, start)
  ledger.next_start = math.max(ledger.next_start, math.ceil(start + spacing))
end

-- Refused tasks return shortly before there is room, one after the other.
local function rest_until(time, refill)
  ledger.ask_at = math.max(ledger.ask_at, time - look_ahead * 0.75, now + MIN_REST)
  if ledger.ask_at > now + MAX_REST then return -MAX_REST end
  local rest = ledger.ask_at - now
  -- Where a refill takes longer than the look-ahead, a granted task cannot return at once and take the next start.
  ledger.ask_at = ledger.ask_at + refill * (refill < look_ahead and ledger.crowding or 1)
  return -math.ceil(rest)
end

local refused_at

local function grant(weights)
  local refill, unpaced_refill, spacing = refill_times(weights)
  if refused_at then return rest_until(refused_at, refill) end
  local marks = mark(limit.rules)
  local soonest = math.max(now + lead, ledger.last_start, ledger.paused_until, spacing > 0 and ledger.next_start or 0)
  local start = find_start(weights, soonest)
  if start - now <= look_ahead + lead + unpaced_refill then
    book(weights, start, spacing)
    if start - now < look_ahead / 2 then ledger.crowding = math.max(1, ledger.crowding * LESS_CROWDING) end
    return start
  end
  go_back(limit.rules, marks)
  refused_at = start
  ledger.crowding = math.min(MAX_CROWDING, ledger.crowding * MORE_CROWDING)
  return rest_until(start, refill)
end

-- After a refusal without a time, a single task probes whether the upstream accepts calls again.
local is_probing = ledger.backoff > 0
if is_probing and ledger.probe_until > now then
  refused_at = math.min(ledger.probe_until, now + 1000000) + look_ahead
end

-- Even if every task is refused, no later call has to drop these cells again.
for _, rule in ipairs(limit.rules) do drop_expired(rule, now) end

local reply = { 'permits', now, ledger.epoch, smallest_guard, 0 }
for i = FIRST_TASK, #ARGV do
  local weights = read_weights(ARGV[i])
  local rule = impossible_for(weights)
  if rule then
    reply[#reply + 1] = { rule.unit, rule.max, rule.window / 1000 }
  else
    local start = grant(weights)
    reply[#reply + 1] = start
    if is_probing and start > 0 then
      reply[5], ledger.probe_until, refused_at = 1, start + PROBE_LIFE, start + look_ahead
    end
  end
end

store_ledger(ledger, now)
return reply
