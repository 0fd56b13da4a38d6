-- A log-scale histogram: bucket b counts durations up to 0.1 ms * 1.1^b, so a percentile read off it is at most 10% high.
local BUCKET_GROWTH = math.log(1.1)

local function bucket_of(duration_ms)
  return math.max(0, math.ceil(math.log(math.max(duration_ms, 0.1) * 10) / BUCKET_GROWTH - 1e-9))
end

-- Collects durations in memory and writes each touched bucket once.
local function open_histograms(key)
  local buckets, maxima = {}, {}
  local self = {}

  function self.add(name, duration_ms)
    local field = name .. ':' .. bucket_of(duration_ms)
    buckets[field] = (buckets[field] or 0) + 1
    maxima[name] = math.max(maxima[name] or 0, duration_ms)
  end

  function self.flush()
    for field, count in pairs(buckets) do redis.call('HINCRBY', key, field, count) end
    for name, longest in pairs(maxima) do
      local known = tonumber(redis.call('HGET', key, name .. ':max') or 0)
      if longest > known then redis.call('HSET', key, name .. ':max', longest) end
    end
  end

  return self
end
