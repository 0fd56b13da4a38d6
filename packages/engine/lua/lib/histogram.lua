-- A log-scale histogram: bucket b counts durations up to 0.1 ms * 1.1^b. A percentile read from it is at most 10% high.
local BUCKET_GROWTH = math.log(1.1)

local function bucket_of(duration_ms)
  return math.max(0, math.ceil(math.log(math.max(duration_ms, 0.1) * 10) / BUCKET_GROWTH - 1e-9))
end

-- Collects durations in memory and writes each touched bucket once. The batch itself keeps the longest and the
-- shortest duration, which is at least what a bucket can tell, and the sum of all.
local function open_histogram(key, name, batch)
  local longest, shortest, sum = 'longest_' .. name, 'shortest_' .. name, 'sum_' .. name
  -- Counts by duration: tasks of one turn share most durations, and this computes each logarithm once.
  local counts = {}
  local self = {}

  function self.add(duration_ms, count)
    counts[duration_ms] = (counts[duration_ms] or 0) + count
    batch[longest] = math.max(batch[longest], duration_ms)
    batch[sum] = batch[sum] + duration_ms * count
    local known = batch[shortest]
    if known == 0 or duration_ms < known then batch[shortest] = math.max(duration_ms, 0.1) end
  end

  function self.flush()
    local buckets = {}
    for duration_ms, count in pairs(counts) do
      local bucket = bucket_of(duration_ms)
      buckets[bucket] = (buckets[bucket] or 0) + count
    end
    for bucket, count in pairs(buckets) do redis.call('HINCRBY', key, name .. ':' .. bucket, count) end
  end

  return self
end
