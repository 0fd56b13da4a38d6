-- The series of a batch: for each period what its turns have recorded, packed. Periods begin with the first lease. The first
-- turn in a new period takes the sample of the period in which the turns before it were, so other turns pay nothing. The
-- hash `base` has the counters and the histogram as they were at the last sample.
local FIRST_PERIOD_MS, MAX_SAMPLES = 10000, 720
-- When it began, in first periods; completed, failed, retried, postponed; running, waiting; buckets of two percentiles; the
-- tickets that the batch may have; of each criterion, its value in 200ths of its threshold.
local SAMPLE, SAMPLE_BYTES = '>I4I3I3I3I3I3I3BBI3BBBBBBB', 34
local MOST, NO_BUCKET = 16777215, 255

-- A chunk may have 200 local variables, and take-turns has nearly as many: these are members.
local series = { TICKETS = 10, LAST_FIELD = 17, NO_CRITERION = 255, STEPS = 200 }

function series.pack(sample)
  for i = 2, 7 do sample[i] = math.max(0, math.min(sample[i], MOST)) end
  sample[series.TICKETS] = math.min(sample[series.TICKETS], MOST)
  return struct.pack(SAMPLE, unpack(sample, 1, series.LAST_FIELD))
end

-- Attempts that a sample has durations of, about: postponed ones have none.
local function weight_of(sample)
  return sample[2] + sample[3] + sample[4]
end

local function mean_bucket(a, b, i)
  if a[i] == NO_BUCKET or b[i] == NO_BUCKET then return math.min(a[i], b[i]) end
  local weight_a, weight_b = math.max(1, weight_of(a)), math.max(1, weight_of(b))
  return math.floor((a[i] * weight_a + b[i] * weight_b) / (weight_a + weight_b) + 0.5)
end

-- Of two samples of a criterion, what was nearer to its threshold. One that was switched off or on has no past.
function series.nearest(a, b)
  return (a == series.NO_CRITERION or b == series.NO_CRITERION) and b or math.max(a, b)
end

-- Adds the sample `b` to an earlier one of the same period.
function series.merge(a, b)
  local merged = { a[1] }
  for i = 2, 5 do merged[i] = a[i] + b[i] end
  merged[6], merged[7] = b[6], b[7]
  merged[8], merged[9] = mean_bucket(a, b, 8), mean_bucket(a, b, 9)
  merged[series.TICKETS] = b[series.TICKETS]
  for i = series.TICKETS + 1, series.LAST_FIELD do merged[i] = series.nearest(a[i], b[i]) end
  return merged
end

-- Doubles the period until there is room. Returns the period.
function series.thin(key, period)
  local samples, packed = {}, redis.call('GET', key)
  for at = 1, #packed, SAMPLE_BYTES do samples[#samples + 1] = { struct.unpack(SAMPLE, packed, at) } end
  while #samples > MAX_SAMPLES * 3 / 4 do
    period = period * 2
    local first_periods, kept = period / FIRST_PERIOD_MS, {}
    for _, sample in ipairs(samples) do
      sample[1] = sample[1] - sample[1] % first_periods
      local last = kept[#kept]
      if last and last[1] == sample[1] then kept[#kept] = series.merge(last, sample) else kept[#kept + 1] = sample end
    end
    samples = kept
  end
  for i, sample in ipairs(samples) do samples[i] = series.pack(sample) end
  redis.call('SET', key, table.concat(samples))
  return period
end

-- Appends a sample. After the period was doubled, it may belong to the last one. Returns the period.
function series.append(key, sample, period)
  local size = redis.call('STRLEN', key)
  local last = size > 0 and { struct.unpack(SAMPLE, redis.call('GETRANGE', key, size - SAMPLE_BYTES, -1)) }
  if last and last[1] == sample[1] then
    redis.call('SETRANGE', key, size - SAMPLE_BYTES, series.pack(series.merge(last, sample)))
    return period
  end
  size = redis.call('APPEND', key, series.pack(sample))
  return size < MAX_SAMPLES * SAMPLE_BYTES and period or series.thin(key, period)
end

local function percentile(buckets, total, share)
  local below = 0
  for _, one in ipairs(buckets) do
    below = below + one.count
    if below >= total * share then return math.min(one.bucket, NO_BUCKET - 1) end
  end
  return NO_BUCKET
end

-- Returns the percentiles of the durations since the base, and adds the counts that differ from the base to the changes.
function series.durations(base, timings, changes)
  local fields, buckets, total = redis.call('HGETALL', timings), {}, 0
  for i = 1, #fields, 2 do
    local bucket = string.match(fields[i], '^execution:(%d+)$')
    local count = bucket and fields[i + 1] - (base[fields[i]] or 0) or 0
    if count > 0 then
      buckets[#buckets + 1], total = { bucket = tonumber(bucket), count = count }, total + count
      changes[#changes + 1], changes[#changes + 2] = fields[i], fields[i + 1]
    end
  end
  table.sort(buckets, function(a, b) return a.bucket < b.bucket end)
  return percentile(buckets, total, 0.5), percentile(buckets, total, 0.95)
end

local COUNTERS = { 'completed', 'failed', 'retries', 'postponements' }

-- The greater of the two rates that are judged. That of finished tasks counts once the sample is complete.
function series.error_rate(batch, criteria)
  local finished, total = batch.counted_finished, batch.total - batch.settled_before
  local min_sample = math.max(1, criteria.min_sample or DEFAULT_MIN_SAMPLE)
  local of_finished = finished >= min_sample and batch.counted_failed / finished or 0
  local of_all = batch.sealed == 1 and total > 0 and batch.counted_failed / total or 0
  return math.max(of_finished, of_all)
end

-- The value of each criterion in steps of its threshold, in the order of src/model/headroom.
function series.shares(batch, criteria, now)
  local shares = {}
  local function add(threshold, value)
    local steps = threshold and math.floor(value / math.max(threshold, 1e-9) * series.STEPS + 0.5)
    shares[#shares + 1] = steps and math.min(steps, series.NO_CRITERION - 1) or series.NO_CRITERION
  end
  add(criteria.max_error_rate, series.error_rate(batch, criteria))
  add(criteria.max_failed_tasks, batch.counted_failed)
  add(criteria.max_consecutive_failures, batch.consecutive_failures)
  add(criteria.max_rate_limit_hits, batch.rate_limit_hits)
  add(criteria.max_concurrency_errors, batch.concurrency_errors)
  add(criteria.task_timeout_ms, batch.longest_execution)
  add(criteria.max_batch_runtime_ms, batch.runtime_from > 0 and math.max(0, now - batch.runtime_from) or 0)
  return shares
end

-- Takes the sample of the period that ended at `sample_at`, and moves `sample_at` to the end of the present one.
function series.take(batch, key, base_key, timings, criteria, now)
  local base, fields = {}, redis.call('HGETALL', base_key)
  for i = 1, #fields, 2 do base[fields[i]] = tonumber(fields[i + 1]) end
  local period, changes = base.period or FIRST_PERIOD_MS, {}
  local sample = { (batch.sample_at - period - batch.started_at) / FIRST_PERIOD_MS }
  for i, counter in ipairs(COUNTERS) do
    sample[i + 1] = batch[counter] - (base[counter] or 0)
    changes[#changes + 1], changes[#changes + 2] = counter, batch[counter]
  end
  sample[6], sample[7] = batch.started, batch.pending + batch.delayed + batch.running - batch.started
  sample[8], sample[9] = series.durations(base, timings, changes)
  sample[series.TICKETS] = batch.tickets
  for i, share in ipairs(series.shares(batch, criteria, batch.sample_at)) do sample[series.TICKETS + i] = share end
  period = series.append(key, sample, period)
  redis.call('HSET', base_key, 'period', period, unpack(changes))
  batch.sample_at = batch.started_at + (math.floor((now - batch.started_at) / period) + 1) * period
end
