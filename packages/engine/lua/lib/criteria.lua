local DEFAULT_MIN_SAMPLE = 20

-- Thresholds by name, and stop_on as a set of failure classes.
local function read_criteria(key)
  local fields = redis.call('HGETALL', key)
  local criteria = { stop_on = {} }
  for i = 1, #fields, 2 do
    if fields[i] == 'stop_on' then
      for failure_class in string.gmatch(fields[i + 1], '%S+') do criteria.stop_on[failure_class] = true end
    else
      criteria[fields[i]] = tonumber(fields[i + 1])
    end
  end
  return criteria
end

local function trip(reason, value, threshold, message, ...)
  return { reason = reason, value = value, threshold = threshold, message = string.format(message, ...) }
end

local function check_fatal_failure(batch, criteria, now, outcome)
  if not outcome or not outcome.failure_class or not criteria.stop_on[outcome.failure_class] then return end
  return trip('fatal_failure', outcome.failure_class, outcome.failure_class,
    'Task %d failed as "%s", and stopOn names that failure class.', outcome.seq, outcome.failure_class)
end

local function check_batch_runtime(batch, criteria, now)
  local threshold = criteria.max_batch_runtime_ms
  if not threshold or batch.runtime_from == 0 or now - batch.runtime_from < threshold then return end
  local runtime = now - batch.runtime_from
  return trip('batch_runtime_exceeded', runtime, threshold,
    'The batch has run for %d ms; maxBatchRuntimeMs is %d.', runtime, threshold)
end

local function check_task_timeout(batch, criteria, now, outcome)
  local threshold = criteria.task_timeout_ms
  if not threshold or not outcome or (outcome.duration_ms or 0) < threshold then return end
  return trip('task_timeout', outcome.duration_ms, threshold,
    'An attempt of task %d took %.14g ms; taskTimeoutMs is %d.', outcome.seq, outcome.duration_ms, threshold)
end

local function check_consecutive_failures(batch, criteria)
  local threshold = criteria.max_consecutive_failures
  if not threshold or batch.consecutive_failures < threshold then return end
  return trip('consecutive_failures_exceeded', batch.consecutive_failures, threshold,
    '%d attempts failed in a row; maxConsecutiveFailures is %d.', batch.consecutive_failures, threshold)
end

local function check_rate_limit_hits(batch, criteria)
  local threshold = criteria.max_rate_limit_hits
  if not threshold or batch.rate_limit_hits < threshold then return end
  return trip('rate_limit_hits_exceeded', batch.rate_limit_hits, threshold,
    'The upstream limited our rate %d times (429); maxRateLimitHits is %d.', batch.rate_limit_hits, threshold)
end

local function check_concurrency_errors(batch, criteria)
  local threshold = criteria.max_concurrency_errors
  if not threshold or batch.concurrency_errors < threshold then return end
  return trip('concurrency_errors_exceeded', batch.concurrency_errors, threshold,
    'The upstream was overloaded %d times (502, 503); maxConcurrencyErrors is %d.', batch.concurrency_errors, threshold)
end

local function check_failed_tasks(batch, criteria)
  local threshold = criteria.max_failed_tasks
  if not threshold or batch.counted_failed < threshold then return end
  return trip('failed_tasks_exceeded', batch.counted_failed, threshold,
    '%d tasks failed; maxFailedTasks is %d.', batch.counted_failed, threshold)
end

local function check_error_rate(batch, criteria)
  local threshold = criteria.max_error_rate
  if not threshold or batch.counted_failed == 0 then return end
  local failed = batch.counted_failed
  -- Of a sealed batch the total is known: once so many have failed, nothing can bring the rate down again.
  local total = batch.total - batch.settled_before
  if batch.sealed == 1 and failed / total > threshold then
    return trip('error_rate_exceeded', failed / total, threshold,
      '%d of all %d tasks failed, a rate of %.4g; maxErrorRate is %.14g.', failed, total, failed / total, threshold)
  end
  local finished = batch.counted_finished
  if finished < (criteria.min_sample or DEFAULT_MIN_SAMPLE) or failed / finished <= threshold then return end
  return trip('error_rate_exceeded', failed / finished, threshold,
    '%d of %d finished tasks failed, a rate of %.4g; maxErrorRate is %.14g.', failed, finished, failed / finished,
    threshold)
end

-- In the order in which criteria are judged.
local CHECKS = {
  check_fatal_failure,
  check_batch_runtime,
  check_task_timeout,
  check_consecutive_failures,
  check_rate_limit_hits,
  check_concurrency_errors,
  check_failed_tasks,
  check_error_rate,
}

-- The first criterion that is met, in the order of docs/interruption.md, or nil. `outcome` is the one
-- just settled, or nil when nothing was: then only what time or a changed threshold can bring about is found.
local function find_trip(batch, criteria, now, outcome)
  for _, check in ipairs(CHECKS) do
    local found = check(batch, criteria, now, outcome)
    if found then return found end
  end
end
