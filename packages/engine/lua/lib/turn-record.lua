-- A part of take-turns, whose variables it uses: how a turn changes what is stored of tasks.

-- What this call records, by page: fields and values.
local outcome_records = { by_page = {} }

-- Records a contiguous range that starts at `first`; it may span two pages.
function outcome_records.add(first, records)
  local at, last = first, first + #records - 1
  while at <= last do
    local page = page_of(at)
    local page_first, fields = page * PAGE_TASKS, outcome_records.by_page[page] or {}
    for seq = at, math.min(last, page_first + PAGE_TASKS - 1) do
      fields[#fields + 1] = seq - page_first
      fields[#fields + 1] = now_text .. ' ' .. records[seq - first + 1]
    end
    outcome_records.by_page[page] = fields
    at = page_first + PAGE_TASKS
  end
end

function outcome_records.write()
  for page, fields in pairs(outcome_records.by_page) do
    redis.call('HSET', page_key(meta, 'outcome', page), unpack(fields))
  end
end

local function attempts_of(seq)
  return string.byte(read_byte(attempts_key, seq))
end

local function run_again_at(seq, state, time)
  -- A cancelled batch never runs a task again. An interrupted batch keeps the task for its resumption.
  if batch.state == 'cancelled' then
    move_tasks(batch, states_key, seq, 1, 'running', 'cancelled')
  else
    move_tasks(batch, states_key, seq, 1, 'running', state)
    redis.call('ZADD', due, time, seq)
  end
end

local function refund_attempt(seq)
  fill_bytes(attempts_key, seq, 1, string.char(attempts_of(seq) - 1))
end

-- The task did not start, or its attempt does not count: no attempt is spent.
local function release_task(seq)
  refund_attempt(seq)
  run_again_at(seq, 'pending', 0)
end

-- Tasks of one chunk share their time, so contiguous tasks mostly do.
local function count_lifetimes(first, count)
  local times = redis.call('GETRANGE', appended_key, first * 5, (first + count) * 5 - 1)
  local at = 1
  while at <= #times do
    local time, from = string.sub(times, at, at + 4), at
    repeat at = at + 5 until string.sub(times, at, at + 4) ~= time
    lifetimes.add(now - batch.created_at - struct.unpack('>I5', time), (at - from) / 5)
  end
end

local function count_finished(first, count)
  count_lifetimes(first, count)
  if now - batch.window_at >= RATE_WINDOW_MS then
    batch.last_rate = batch.window_at > 0 and batch.window_finished * 1000 / (now - batch.window_at) or 0
    batch.window_at, batch.window_finished = now, 0
  end
  batch.window_finished = batch.window_finished + count
end

-- The failures of this call, in order.
local noted_failures = {}
local MAX_LATEST, LONGEST_RECORD = 20, 2000

local function note_failure(outcome, kind)
  noted_failures[#noted_failures + 1] = { outcome = outcome, kind = kind }
end

-- A row of the latest failures. A message may be megabytes long; its group is not.
local function failure_row(noted)
  local record = noted.outcome.record
  if #record > LONGEST_RECORD then
    record = cjson.encode({ error = { failureClass = noted.outcome.failure_class, message = noted.outcome.group } })
  end
  return now_text .. ' ' .. noted.outcome.seq .. ' ' .. noted.kind .. ' ' .. record
end

local function write_latest_failures()
  local rows = {}
  for i = math.max(1, #noted_failures - MAX_LATEST + 1), #noted_failures do
    rows[#rows + 1] = failure_row(noted_failures[i])
  end
  if #rows == 0 then return end
  redis.call('LPUSH', latest, unpack(rows))
  redis.call('LTRIM', latest, 0, MAX_LATEST - 1)
end

-- Counts tasks that completed in a later attempt than their first. The record of most begins with the first attempt.
local function count_retried(records)
  for _, record in ipairs(records) do
    if string.match(record, '^{"ms":[^,]*,"attempt":(%d+)') ~= '1' then
      batch.retried_completed = batch.retried_completed + 1
    end
  end
end

local function count_failure(failure_class, group, seq)
  local known = redis.call('HGET', failures, group)
  if not known and redis.call('HLEN', failures) >= MAX_FAILURE_GROUPS then
    group = failure_class .. ': (other)'
    known = redis.call('HGET', failures, group)
  end
  local count, sample = string.match(known or ('0 ' .. seq), '^(%d+) (%d+)$')
  redis.call('HSET', failures, group, count + 1 .. ' ' .. sample)
end
