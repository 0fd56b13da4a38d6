-- How an upstream's responses change a limit: they pause it, and an adaptive limit shrinks and grows again. Simulations
-- against token buckets, sliding and fixed windows gave the constants: limits of unknown size are used to at least 93%,
-- and the upstream refuses at most 2.3% of the calls.

-- After a refusal without a time, a single task probes after this delay, which grows each time.
local FIRST_BACKOFF, BACKOFF_GROWTH, MAX_BACKOFF = 250000, 1.5, 15000000

-- A probe that has not been reported for this long has died with its worker.
local PROBE_LIFE = 30000000

-- A refusal lowers a limit to this share. The limit recovers within the recovery time, and then grows slowly beyond.
local DECREASE, RECOVERY_TIME = 0.9, 10000000
local GROWTH, GROWTH_TIME = 1.01, 5000000
-- An adaptive limit starts small, and doubles until the first refusal. It doubles again once it has grown slowly for the
-- search time: a limit near what the upstream accepts would have been refused by then, so the refusal was not its fault.
local SLOW_START, MAX_DOUBLING_TIME = 1 / 16, 10000000
local SEARCH_TIME = 60000000

local function doublings(ledger, time)
  local longest = 0
  for _, rule in ipairs(ledger.limit.rules) do longest = math.max(longest, rule.window) end
  return 2 ^ (time / math.min(2 * longest, MAX_DOUBLING_TIME))
end

local function slow_start(ledger, now)
  if ledger.started_at == 0 then ledger.started_at = now end
  return SLOW_START * doublings(ledger, now - ledger.started_at)
end

local function after_refusal(ledger, now)
  local age = math.max(0, now - ledger.factor_at)
  if age < RECOVERY_TIME then return ledger.factor * (DECREASE + (1 - DECREASE) * age / RECOVERY_TIME) end
  local searched = age - RECOVERY_TIME
  return ledger.factor * GROWTH ^ (searched / GROWTH_TIME) * doublings(ledger, math.max(0, searched - SEARCH_TIME))
end

-- Returns the share of its maxima that the limit allows now.
local function factor_now(ledger, now)
  if not ledger.limit.is_adaptive then return 1 end
  local factor = ledger.factor_at > 0 and after_refusal(ledger, now) or slow_start(ledger, now)
  return math.min(1, factor)
end

local function allowed(rule, factor)
  return math.max(1, math.floor(rule.max * factor))
end

local function pause_until(ledger, now, time)
  ledger.paused_until = math.max(ledger.paused_until, math.min(time, now + ledger.limit.max_pause))
end

-- Records a refused call. A call that began before the last pause carries no new information.
local function note_refusal(ledger, now, retry_after_us, epoch)
  if retry_after_us > 0 then pause_until(ledger, now, now + retry_after_us) end
  if epoch < ledger.epoch then return end
  ledger.epoch = ledger.epoch + 1
  ledger.pauses = ledger.pauses + 1
  ledger.probe_until = 0
  local factor = factor_now(ledger, now)
  if retry_after_us > 0 then
    ledger.backoff = 0
  else
    ledger.backoff = ledger.backoff == 0 and FIRST_BACKOFF or math.min(ledger.backoff * BACKOFF_GROWTH, MAX_BACKOFF)
    pause_until(ledger, now, now + ledger.backoff)
  end
  if ledger.limit.is_adaptive then
    ledger.factor, ledger.factor_at = factor, ledger.paused_until
  end
end
