--[[
end-probe: report how the one call ended that was to find out whether the upstream accepts calls again.

KEYS[1]  settings  hash: the limit's settings
KEYS[2]  ledger    hash: what was granted, for when, and what the upstream said
ARGV[1]  result    "passed": the upstream accepted the call, so others may start. "unknown": the call never arrived, so
                   another one has to probe
ARGV[2]  epoch     of the permit of the call
ARGV[3]  signals   channel that has workers ask for permits again
ARGV[4]  name      of the limit

Returns  { "ended" }   also when another pause has begun meanwhile, or the limit is missing

Safe to repeat.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/ledger"

local result, epoch, signals, name = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local limit = read_limit(KEYS[1])
if not limit then return { 'ended' } end

local now = clock_us()
local ledger = open_ledger(KEYS[2], limit, now)
if epoch ~= ledger.epoch or ledger.backoff == 0 then return { 'ended' } end

ledger.probe_until = 0
if result == 'passed' then
  ledger.backoff = 0
  -- Refused tasks may ask again now.
  ledger.ask_at = now
  -- A lowered limit starts to grow.
  if ledger.factor_at > 0 then ledger.factor_at = now end
end

store_ledger(ledger, now)
announce_change(signals, name)
return { 'ended' }
