-- A part of take-turns, whose variables it uses: a turn leases what its ticket runs next.

-- Leases contiguous tasks that all begin the same attempt.
local function lease_range(leased, first, from, attempt, envelopes)
  local count, tasks = #envelopes, leased.tasks
  move_tasks(batch, states_key, first, count, from, 'running')
  fill_bytes(attempts_key, first, count, string.char(attempt))
  for seq = first, first + count - 1 do leased.seqs[#leased.seqs + 1] = seq end
  tasks[#tasks + 1] = first
  tasks[#tasks + 1] = count
  tasks[#tasks + 1] = attempt
  tasks[#tasks + 1] = table.concat(envelopes, '\0')
end

local function lease_due(leased, limit)
  if batch.pending + batch.delayed == batch.total - batch.cursor then return end
  local members = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, limit)
  for _, member in ipairs(members) do
    local seq = tonumber(member)
    lease_range(leased, seq, state_of(states_key, seq), attempts_of(seq) + 1, read_envelopes(meta, seq, seq))
  end
  if #members > 0 then redis.call('ZREM', due, unpack(members)) end
end

-- Tasks from the cursor on have never been leased: this is their first attempt.
local function lease_fresh(leased, limit)
  local count = math.min(limit, batch.total - batch.cursor)
  if count <= 0 then return end
  lease_range(leased, batch.cursor, 'pending', 1, read_envelopes(meta, batch.cursor, batch.cursor + count - 1))
  batch.cursor = batch.cursor + count
end

-- A ticket leases at most its share, so that other tickets find tasks too.
local function slice_size()
  local share = math.floor((batch.pending + batch.delayed) / batch.tickets)
  return math.min(want, PAGE_TASKS, math.max(1, share), startable(batch, now))
end

local function lease_tasks()
  local leased = { run = run, turn = turn, since = now, seqs = {}, tasks = {} }
  local limit = slice_size()
  lease_due(leased, limit)
  lease_fresh(leased, limit - #leased.seqs)
  if #leased.seqs == 0 then return leased end
  if batch.started_at == 0 then batch.started_at, batch.sample_at = now, now + FIRST_PERIOD_MS end
  note_starts(batch, now, tonumber(ticket), #leased.seqs)
  return leased
end

-- max_batch_runtime_ms counts from the first lease. The caller that gets this lease schedules the deadline.
local function start_runtime()
  if batch.runtime_from > 0 then return 0 end
  batch.runtime_from = now
  return criteria.max_batch_runtime_ms or 0
end
