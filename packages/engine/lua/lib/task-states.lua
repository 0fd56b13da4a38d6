local STATE_BYTES = { pending = 'p', delayed = 'd', running = 'r', completed = 'c', failed = 'f', cancelled = 'x' }
local BYTE_STATES = { p = 'pending', d = 'delayed', r = 'running', c = 'completed', f = 'failed', x = 'cancelled' }

-- The one function that changes a task's state. It changes the counters with it, so they cannot disagree.
local function move_task(counts, states, seq, from, to)
  states.set(seq, STATE_BYTES[to])
  counts[from] = counts[from] - 1
  counts[to] = counts[to] + 1
end

-- A sealed batch with no open task is completed, by whichever script settles the last one.
local function is_finished(counts, is_sealed)
  return is_sealed and counts.pending + counts.delayed + counts.running == 0
end
