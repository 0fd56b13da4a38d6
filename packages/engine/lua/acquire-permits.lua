--[[
acquire-permits: say for each task of a worker when it may start, so that no rule of the limit is ever exceeded.

Tasks are served in order, and slots only go forward, over all workers: first come, first served. What cannot start
within the horizon is refused and nothing of it is booked; it is told when to ask again, one after the other.

KEYS[1]   config      hash: the limit's settings
KEYS[2]   ledger      hash: what was granted when, and what the upstream said
ARGV[1]   horizon_us  how far ahead a slot may be, and at most three quarters of the shortest window: a start that comes late
                      can be made after all only while no slot beyond its window has been granted. For a task with weights it is later by the time that
                      these take to refill: or heavy tasks would wait for ever behind light ones
ARGV[2]   lead_us     no slot is sooner than this: the time the answer takes to arrive. At most the horizon
ARGV[3+]  costs       for each task "<unit> <cost> <unit> <cost> ..."

Returns  { "none" }                                    there is no such limit
         { "permits", now, epoch, guard, probe, ... }  times in us. `guard`: a start later than this after its slot may
             exceed the limit. `probe`: 1 when the first task granted is to find out whether the upstream takes calls
             again. Then for each task its slot, or less than 0: refused, ask again after so long, or
             { unit, max, per_ms }: it costs more of that rule than there ever is

Safe to repeat: what a repeat books in vain is lost to others for one window, as if its worker had died.
Cost: O(tasks + cells dropped); each cell, at most 512 in a window, is dropped once.
]]

--- @include "lib/clock"
--- @include "lib/ledger"
--- @include "lib/upstream"

local FIRST_TASK = 3
-- Asking again sooner is useless; later, a limit that was raised meanwhile would not be noticed.
local MIN_REST, MAX_REST = 50000, 15000000

-- Those that have been granted come back by themselves, and often leave nothing for those that were refused. So these come
-- back more slowly, down to a quarter of the pace, the more often they find nothing, and faster as soon as room is left.
local MAX_CROWD, MORE_CROWD, LESS_CROWD = 4, 1.1, 0.8

local limit = read_limit(KEYS[1])
if not limit then return { 'none' } end

local max_horizon, lead = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = clock_us()
local ledger = open_ledger(KEYS[2], limit)
local factor = factor_now(ledger, now)
ledger.crowd = math.max(1, ledger.crowd)

local smallest_guard, shortest, longest = math.huge, math.huge, 0
for _, rule in ipairs(limit.rules) do
  smallest_guard, shortest = math.min(smallest_guard, rule.guard), math.min(shortest, rule.window)
  longest = math.max(longest, rule.reach)
end
local horizon = math.min(max_horizon, shortest * 0.75)
heed_clock(ledger, now, now + 2 * max_horizon + longest)

-- How long the limit takes to refill what a task costs, by any of its rules and by its weights alone; and the time that
-- even spacing leaves between two starts.
local function refill_times(costs)
  local all, weights, spacing = 0, 0, 0
  for _, rule in ipairs(limit.rules) do
    local time = (costs[rule.unit] or 0) * rule.window / allowed(rule, factor)
    all = math.max(all, time)
    if rule.unit == 'requests' then
      spacing = math.max(spacing, time)
    else
      weights = math.max(weights, math.min(time, rule.window))
    end
  end
  return all, weights, spacing / limit.pace
end

local function impossible_for(costs)
  for _, rule in ipairs(limit.rules) do
    if (costs[rule.unit] or 0) > rule.max then return rule end
  end
end

local function find_slot(costs, from)
  local time = from
  repeat
    local before = time
    for _, rule in ipairs(limit.rules) do
      local cost = costs[rule.unit] or 0
      -- A limit that has been lowered still takes what costs more than is left of it, alone.
      if cost > 0 then time = room_at(rule, cost, math.max(cost, allowed(rule, factor)), time) end
    end
  until time == before
  return math.ceil(time)
end

local function book(costs, slot, spacing)
  for _, rule in ipairs(limit.rules) do
    local cost = costs[rule.unit] or 0
    if cost > 0 then change_cell(rule, cell_of(rule, slot), cost) end
  end
  ledger.last_slot = slot
  ledger.last_booked = math.max(ledger.last_booked, slot)
  ledger.next_start = math.max(ledger.next_start, math.ceil(slot + spacing))
end

-- Those refused come back a little before there is room, one after the other.
local function rest_until(time, refill)
  ledger.ask_at = math.max(ledger.ask_at, time - horizon * 0.75, now + MIN_REST)
  if ledger.ask_at > now + MAX_REST then return -MAX_REST end
  local rest = ledger.ask_at - now
  ledger.ask_at = ledger.ask_at + refill * ledger.crowd
  return -math.ceil(rest)
end

local refused_at

local function grant(costs)
  local refill, weights_refill, spacing = refill_times(costs)
  if refused_at then return rest_until(refused_at, refill) end
  local marks = mark(limit.rules)
  local soonest = math.max(now + lead, ledger.last_slot, ledger.paused_until, spacing > 0 and ledger.next_start or 0)
  local slot = find_slot(costs, soonest)
  if slot - now <= horizon + lead + weights_refill then
    book(costs, slot, spacing)
    if slot - now < horizon / 2 then ledger.crowd = math.max(1, ledger.crowd * LESS_CROWD) end
    return slot
  end
  go_back(limit.rules, marks)
  refused_at = slot
  ledger.crowd = math.min(MAX_CROWD, ledger.crowd * MORE_CROWD)
  return rest_until(slot, refill)
end

-- After a refusal without a time, one task alone shows whether the upstream takes calls again.
local is_probing = ledger.backoff > 0
if is_probing and ledger.probe_until > now then refused_at = math.min(ledger.probe_until, now + 1000000) + horizon end

-- Whatever is refused after this, no later call has to drop these cells again.
for _, rule in ipairs(limit.rules) do drop_expired(rule, now) end

local reply = { 'permits', now, ledger.epoch, smallest_guard, 0 }
for i = FIRST_TASK, #ARGV do
  local costs = read_costs(ARGV[i])
  local rule = impossible_for(costs)
  if rule then
    reply[#reply + 1] = { rule.unit, rule.max, rule.window / 1000 }
  else
    local slot = grant(costs)
    reply[#reply + 1] = slot
    if is_probing and slot > 0 then
      reply[5], ledger.probe_until, refused_at = 1, slot + PROBE_LIFE, slot + horizon
    end
  end
end

store_ledger(ledger, now)
return reply
