local STATE_BYTES = { pending = 'p', delayed = 'd', running = 'r', completed = 'c', failed = 'f', cancelled = 'x' }
local BYTE_STATES = { p = 'pending', d = 'delayed', r = 'running', c = 'completed', f = 'failed', x = 'cancelled' }

local function state_of(states_key, seq)
  return BYTE_STATES[read_byte(states_key, seq)]
end

-- The one function that changes the state of tasks. It changes the counters with it, so they cannot disagree.
local function move_tasks(counts, states_key, first, count, from, to)
  fill_bytes(states_key, first, count, STATE_BYTES[to])
  counts[from] = counts[from] - count
  counts[to] = counts[to] + count
end

-- A sealed batch with no open task is completed, by whichever script settles the last one.
local function is_finished(counts, is_sealed)
  return is_sealed and counts.pending + counts.delayed + counts.running == 0
end
