--[[
pause-limit: grant no start before a time because the upstream asked for a pause, and tell all workers.

KEYS[1]  settings        hash: the limit's settings
KEYS[2]  ledger          hash: what was granted, for when, and what the upstream said
ARGV[1]  cause           "refused": the upstream refused a call (429, or 503 with a time). "exhausted": it accepted a
                         call and reported that nothing remains
ARGV[2]  retry_after_us  how long the upstream asked for no calls; 0: it named no time. The limit's settings bound it
ARGV[3]  epoch           of the permit of the call
ARGV[4]  signals         channel that tells workers to release permits for later times
ARGV[5]  name            of the limit

Returns  { "paused", pause_us }   from now; 0: no pause
         { "missing" }

Safe to repeat: a call that began before the last pause lowers nothing again.
Cost: O(1).
]]

--- @include "lib/clock"
--- @include "lib/ledger"
--- @include "lib/upstream"

local cause, retry_after_us, epoch, signals, name = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]

local limit = read_limit(KEYS[1])
if not limit then return { 'missing' } end

local now = clock_us()
local ledger = open_ledger(KEYS[2], limit, now)
local paused_before = ledger.paused_until

if cause == 'refused' then
  note_refusal(ledger, now, retry_after_us, epoch)
else
  pause_until(ledger, now, now + retry_after_us)
end

store_ledger(ledger, now)
if ledger.paused_until > math.max(paused_before, now) then
  -- Not by cjson, which would round the time to 14 digits.
  local time = string.format('%.0f', math.ceil(ledger.paused_until))
  redis.call('PUBLISH', signals, '{"kind":"pause","limit":"' .. name .. '","untilUs":' .. time .. '}')
end
return { 'paused', math.ceil(math.max(0, ledger.paused_until - now)) }
