local MAX_INTERRUPTIONS = 100

-- Workers learn by a signal that the batch has stopped, and which settings they leased under before it did. The signal
-- leaves with the flip itself, so no crash can come between; one that is lost is made good by the next turn.
local function announce_stop(meta, signals, batch, abort)
  local id = string.match(meta, '{batch:([^}]*)}')
  redis.call('PUBLISH', signals, cjson.encode({ kind = 'stop', batchId = id, version = batch.version, abort = abort }))
end

-- Flips the state and writes one row that says why. Only an active batch may come here.
local function interrupt(meta, interruptions, signals, batch, now, cause)
  batch.state, batch.interrupted_at = 'interrupted', now
  batch.version = batch.version + 1
  redis.call('LPUSH', interruptions, cjson.encode({
    reason = cause.reason,
    message = cause.message,
    value = cause.value,
    threshold = cause.threshold,
    at = now,
    counts = {
      total = batch.total,
      pending = batch.pending,
      delayed = batch.delayed,
      running = batch.running,
      completed = batch.completed,
      failed = batch.failed,
      cancelled = batch.cancelled,
    },
  }))
  redis.call('LTRIM', interruptions, 0, MAX_INTERRUPTIONS - 1)
  announce_stop(meta, signals, batch, cause.abort or false)
end
