local BATCH_NUMBERS = {
  'cursor', 'total', 'pending', 'delayed', 'running', 'completed', 'failed', 'cancelled', 'sealed', 'tickets', 'version',
  'created_at', 'started_at', 'finished_at', 'interrupted_at', 'paused_until', 'max_attempts', 'max_postponements',
  'retries', 'postponements', 'window_at', 'window_finished', 'last_rate',
  -- What the criteria judge: counted since creation, or since the last resumption or retry.
  'runtime_from', 'settled_before', 'counted_failed', 'counted_finished', 'consecutive_failures', 'rate_limit_hits',
  'overload_errors',
}

-- The batch's state and numbers, or nil when there is none or it is being deleted.
local function read_batch(meta)
  local values = redis.call('HMGET', meta, 'state', 'deleting', unpack(BATCH_NUMBERS))
  if not values[1] or values[2] then return nil end
  local batch = { state = values[1] }
  for i, field in ipairs(BATCH_NUMBERS) do batch[field] = tonumber(values[i + 2] or 0) end
  batch.stored = {}
  for field, value in pairs(batch) do batch.stored[field] = value end
  return batch
end

-- Writes the fields that differ from what was read.
local function store_batch(meta, batch)
  local changes = {}
  for field, value in pairs(batch) do
    if field ~= 'stored' and batch.stored[field] ~= value then
      changes[#changes + 1] = field
      changes[#changes + 1] = value
    end
  end
  if #changes > 0 then redis.call('HSET', meta, unpack(changes)) end
end

-- The criteria begin to count anew: at a resumption, and when failed tasks are given another chance.
local function count_anew(batch, now)
  batch.runtime_from = now
  batch.settled_before = batch.completed + batch.failed + batch.cancelled
  batch.counted_failed, batch.counted_finished = 0, 0
  batch.consecutive_failures, batch.rate_limit_hits, batch.overload_errors = 0, 0, 0
end
