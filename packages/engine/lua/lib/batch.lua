-- A batch consists of its state and these numbers, which are 0 until they are written:
--   cursor, total, pending, delayed, running, completed, failed, cancelled, sealed, tickets, version
--   started: tickets of which a task has started. Their other tasks, and those of other tickets, are leased: they are in the
--   state "running", too, since only their tickets can release them
--   start_at: before this time, no task starts; 0: at once
--   created_at, started_at, finished_at, interrupted_at, paused_until, max_attempts, min_delay_ms,
--   max_delay_ms, max_postponed_ms
--   sample_at: when the series gets its next sample
--   bytes: of its tasks, as they were sent, and of the outcomes of completed ones
--   retries, postponements, window_at, window_finished, last_rate
--   longest_execution, shortest_execution, sum_execution, and the same of lifetimes, in ms
--   retried: tasks that got a second attempt; retried_completed, retried_failed: how those ended that have
-- Refusals of the upstream change these (lib/pace):
--   refusals: in a row, which began at row_from. refused_at: when the last one that counted was recorded. backoff: the length of the last pause; 0:
--   the upstream accepts calls. probe_until, prober: until when a ticket probes, and its number plus 1
--   pace: starts per second; 0: any number. next_start: the earliest. growth: how fast the pace grows
--   accepted, measured_from: how many calls, since when. vain: pauses in a row after which the pace has not helped.
--   dropped: paces in a row that were dropped for that
-- The criteria judge these, counted since creation or since the last resumption or retry:
--   runtime_from, settled_before, counted_failed, counted_finished, consecutive_failures, rate_limit_hits,
--   concurrency_errors

-- Returns the batch, or nil when it is missing or being deleted. A number is decoded when it is first read.
local function read_batch(meta)
  -- Redis stores a small hash as a list, and HMGET would scan that list once per field.
  local fields, stored = redis.call('HGETALL', meta), {}
  for i = 1, #fields, 2 do stored[fields[i]] = fields[i + 1] end
  if not stored.state or stored.deleting then return nil end
  return setmetatable({ state = stored.state }, {
    stored = stored,
    __index = function(batch, field)
      local value = tonumber(stored[field] or 0)
      rawset(batch, field, value)
      return value
    end,
  })
end

-- Returns a field that is no number; '' until it is written.
local function text_of(batch, field)
  return getmetatable(batch).stored[field] or ''
end

-- Writes the fields that differ from what was read.
local function store_batch(meta, batch)
  local stored, changes = getmetatable(batch).stored, {}
  for field, value in pairs(batch) do
    if value ~= (field == 'state' and stored.state or tonumber(stored[field] or 0)) then
      changes[#changes + 1] = field
      changes[#changes + 1] = value
    end
  end
  if #changes > 0 then redis.call('HSET', meta, unpack(changes)) end
end

-- Returns how this call changes the state of a batch, as JSON for the log and the metrics of its caller; '' if it does not.
-- The change is made in the same step, so one caller learns of it.
local function transition_of(batch)
  local known = getmetatable(batch)
  if batch.state == known.stored.state then return '' end
  local cause = known.cause or {}
  return cjson.encode({
    from = known.stored.state,
    to = batch.state,
    code = text_of(batch, 'code'),
    queue = text_of(batch, 'queue'),
    reason = cause.reason,
    message = cause.message,
    value = cause.value,
    threshold = cause.threshold,
  })
end

-- A resumption and a retry of failed tasks both reset what the criteria count. The runtime of a batch that may not start
-- yet counts from its first lease.
local function reset_criteria_counts(batch, now)
  batch.runtime_from = batch.start_at > now and 0 or now
  batch.settled_before = batch.completed + batch.failed + batch.cancelled
  batch.counted_failed, batch.counted_finished = 0, 0
  batch.consecutive_failures, batch.rate_limit_hits, batch.concurrency_errors = 0, 0, 0
end
