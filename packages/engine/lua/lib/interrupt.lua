local MAX_INTERRUPTIONS = 100

-- Tells workers that the batch has stopped or paused, and with the version which leases are older than that. The script
-- that changes the batch also publishes the signal, so no crash separates the two. A lost signal only delays a worker:
-- its next turn finds the batch inactive or paused.
local function announce_stop(meta, signals, batch, abort)
  local id = string.match(meta, '{batch:([^}]*)}')
  redis.call('PUBLISH', signals, cjson.encode({ kind = 'stop', batchId = id, version = batch.version, abort = abort }))
end

-- Flips the state and writes one row with the cause. The batch must be active.
local function interrupt(meta, interruptions, signals, batch, now, cause)
  batch.state, batch.interrupted_at = 'interrupted', now
  batch.version = batch.version + 1
  getmetatable(batch).cause = cause
  redis.call('LPUSH', interruptions, cjson.encode({
    reason = cause.reason,
    message = cause.message,
    value = cause.value,
    threshold = cause.threshold,
    at = now,
    counts = {
      total = batch.total,
      -- A leased task that has not started is spared.
      pending = batch.pending + batch.running - batch.started,
      delayed = batch.delayed,
      running = batch.started,
      completed = batch.completed,
      failed = batch.failed,
      cancelled = batch.cancelled,
    },
  }))
  redis.call('LTRIM', interruptions, 0, MAX_INTERRUPTIONS - 1)
  announce_stop(meta, signals, batch, cause.abort or false)
end
