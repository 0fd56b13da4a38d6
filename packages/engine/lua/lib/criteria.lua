local DEFAULT_MIN_SAMPLE = 20

-- Thresholds by name, and stop_on as a set of failure classes.
local function read_criteria(key)
  local fields = redis.call('HGETALL', key)
  local criteria = { stop_on = {} }
  for i = 1, #fields, 2 do
    if fields[i] == 'stop_on' then
      for class in string.gmatch(fields[i + 1], '%S+') do criteria.stop_on[class] = true end
    else
      criteria[fields[i]] = tonumber(fields[i + 1])
    end
  end
  return criteria
end

local function trip(reason, value, threshold, message, ...)
  return { reason = reason, value = value, threshold = threshold, message = string.format(message, ...) }
end

local checks = {}

checks[1] = function(batch, criteria, now, outcome)
  if not outcome or not outcome.class or not criteria.stop_on[outcome.class] then return end
  return trip('fatal_failure', outcome.class, outcome.class,
    'Task %d failed as "%s", and stopOn names that class.', outcome.seq, outcome.class)
end

checks[2] = function(batch, criteria, now)
  local limit = criteria.max_batch_runtime_ms
  if not limit or batch.runtime_from == 0 or now - batch.runtime_from < limit then return end
  local runtime = now - batch.runtime_from
  return trip('batch_runtime_exceeded', runtime, limit,
    'The batch has run for %d ms; maxBatchRuntimeMs is %d.', runtime, limit)
end

checks[3] = function(batch, criteria, now, outcome)
  local limit = criteria.task_timeout_ms
  if not limit or not outcome or (outcome.duration_ms or 0) < limit then return end
  return trip('task_timeout', outcome.duration_ms, limit,
    'An attempt of task %d took %.14g ms; taskTimeoutMs is %d.', outcome.seq, outcome.duration_ms, limit)
end

checks[4] = function(batch, criteria)
  local limit = criteria.max_consecutive_failures
  if not limit or batch.consecutive_failures < limit then return end
  return trip('consecutive_failures_exceeded', batch.consecutive_failures, limit,
    '%d attempts failed in a row; maxConsecutiveFailures is %d.', batch.consecutive_failures, limit)
end

checks[5] = function(batch, criteria)
  local limit = criteria.max_rate_limit_hits
  if not limit or batch.rate_limit_hits < limit then return end
  return trip('rate_limit_hits_exceeded', batch.rate_limit_hits, limit,
    'The upstream limited our rate %d times (429); maxRateLimitHits is %d.', batch.rate_limit_hits, limit)
end

checks[6] = function(batch, criteria)
  local limit = criteria.max_concurrency_errors
  if not limit or batch.overload_errors < limit then return end
  return trip('concurrency_errors_exceeded', batch.overload_errors, limit,
    'The upstream was overloaded %d times (502, 503); maxConcurrencyErrors is %d.', batch.overload_errors, limit)
end

checks[7] = function(batch, criteria)
  local limit = criteria.max_failed_tasks
  if not limit or batch.counted_failed < limit then return end
  return trip('failed_tasks_exceeded', batch.counted_failed, limit,
    '%d tasks failed; maxFailedTasks is %d.', batch.counted_failed, limit)
end

checks[8] = function(batch, criteria)
  local limit = criteria.max_error_rate
  if not limit or batch.counted_failed == 0 then return end
  local failed = batch.counted_failed
  -- Of a sealed batch the total is known: once so many have failed, nothing can bring the rate down again.
  local total = batch.total - batch.settled_before
  if batch.sealed == 1 and failed / total > limit then
    return trip('error_rate_exceeded', failed / total, limit,
      '%d of all %d tasks failed, a rate of %.4g; maxErrorRate is %.14g.', failed, total, failed / total, limit)
  end
  local finished = batch.counted_finished
  if finished < (criteria.min_sample or DEFAULT_MIN_SAMPLE) or failed / finished <= limit then return end
  return trip('error_rate_exceeded', failed / finished, limit,
    '%d of %d finished tasks failed, a rate of %.4g; maxErrorRate is %.14g.', failed, finished, failed / finished, limit)
end

-- The first criterion that is met, in the order that docs/interruption.md gives; nil when none is. `outcome` is the one
-- just settled, or nil when nothing was: then only what time or a changed threshold can bring about is found.
local function find_trip(batch, criteria, now, outcome)
  for _, check in ipairs(checks) do
    local found = check(batch, criteria, now, outcome)
    if found then return found end
  end
end
