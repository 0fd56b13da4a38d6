--[[
retry-tasks: make failed tasks of a batch pending again, with all their attempts.

What is recorded of a task stays until its next attempt is recorded. A completed batch becomes active; an interrupted
batch stays interrupted. The criteria count from zero.

KEYS[1]  meta           hash: the batch
KEYS[2]  states         string: one byte per task
KEYS[3]  attempts       string: one byte per task
KEYS[4]  due            zset: seq -> when it may run again
KEYS[5]  postponements  hash: seq -> how often the upstream postponed it, and since when
KEYS[6]  series_base    hash: what was recorded until the last sample of the series
KEYS[7]  marks          list: moments that explain changes in the series
ARGV[1]  failure_class  only tasks that failed with this class; empty: all failed tasks
ARGV[2]  from           the seq to begin at; empty: the seqs that follow
ARGV[3]  max_tasks      tasks to examine in this call
ARGV[4]  hold           that announced the retry of a completed batch; empty: none
ARGV[5]  digests        the SHA-1 of the record that each of the tasks must still have, separated by spaces; empty: any
ARGV[6+] seqs           the tasks, when from is empty

Returns  { "retried", count, next, state, transition }
             `next`: the seq to continue from; -1: every task was examined. `transition`: of the batch, as JSON, or ''
         { "missing" }
         { "wrong_state", state }            the batch is cancelled
         { "unheld" }                        the batch is completed, and does not have this hold

Safe to repeat: only a failed task is retried.
Cost: O(max_tasks).
]]

--- @include "lib/clock"
--- @include "lib/batch"
--- @include "lib/pages"
--- @include "lib/byte-string"
--- @include "lib/task-states"
--- @include "lib/pace"
--- @include "lib/marks"

local meta, states_key, attempts_key, due, postponements = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local series_base, marks = KEYS[6], KEYS[7]
local failure_class, from, max_tasks, hold, digests = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local FIRST_SEQ, DIGEST_CHARS = 6, 40

local batch = read_batch(meta)
if not batch then return { 'missing' } end
if batch.state == 'cancelled' then return { 'wrong_state', batch.state } end
if batch.state == 'completed' and redis.call('HGET', meta, 'reopening') ~= hold then return { 'unheld' } end

local function record_of(seq)
  local page = page_of(seq)
  return redis.call('HGET', page_key(meta, 'outcome', page), seq - page * PAGE_TASKS) or ''
end

-- A task that ran again after its caller had read its record may have failed in another way.
local function has_digest(seq, i)
  if digests == '' then return true end
  local at = (i - 1) * (DIGEST_CHARS + 1) + 1
  return redis.sha1hex(record_of(seq)) == string.sub(digests, at, at + DIGEST_CHARS - 1)
end

local function has_failure_class(seq)
  if failure_class == '' then return true end
  local record = record_of(seq)
  return string.find(record, '"error":{"failureClass":"' .. failure_class .. '"', 1, true) ~= nil
end

local retried = 0

local function retry_range(first, count, state)
  if state ~= 'failed' then return end
  move_tasks(batch, states_key, first, count, 'failed', 'pending')
  fill_bytes(attempts_key, first, count, '\0')
  local seqs, scores = {}, {}
  for i = 1, count do
    seqs[i] = first + i - 1
    scores[2 * i - 1], scores[2 * i] = 0, seqs[i]
  end
  redis.call('ZADD', due, unpack(scores))
  redis.call('HDEL', postponements, unpack(seqs))
  retried = retried + count
end

-- Scans the bytes of up to 64 times as many tasks as it may retry: finding a byte is that much cheaper.
local function find_failed(first, found)
  local bytes = redis.call('GETRANGE', states_key, first, first + max_tasks * 64 - 1)
  local at, looked_at = 0, 0
  while looked_at < max_tasks do
    at = string.find(bytes, STATE_BYTES.failed, at + 1, true)
    if not at then
      local next_seq = first + #bytes
      return next_seq < batch.total and #bytes > 0 and next_seq or -1
    end
    looked_at = looked_at + 1
    if has_failure_class(first + at - 1) then found[#found + 1] = first + at - 1 end
  end
  return first + at
end

local next_seq, found = -1, {}
if from then
  next_seq = find_failed(from, found)
else
  for i = FIRST_SEQ, #ARGV do
    local seq = tonumber(ARGV[i])
    local is_wanted = seq < batch.total and has_digest(seq, i - FIRST_SEQ + 1) and has_failure_class(seq)
    if is_wanted then found[#found + 1] = seq end
  end
end
each_range(states_key, found, retry_range)

if retried > 0 then
  local now = clock_ms()
  reset_criteria_counts(batch, now)
  -- The series counts how many tasks fail, which must not become negative.
  redis.call('HINCRBY', series_base, 'failed', -retried)
  add_mark(marks, 'retried', now)
  if batch.state == 'completed' then
    forget_refusals(batch, now)
    batch.state, batch.finished_at, batch.paused_until = 'active', 0, 0
    batch.version = batch.version + 1
    redis.call('HDEL', meta, 'reopening')
  end
  store_batch(meta, batch)
end
return { 'retried', retried, next_seq, batch.state, transition_of(batch) }
