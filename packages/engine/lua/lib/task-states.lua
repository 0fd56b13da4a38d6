local STATE_BYTES = { pending = 'p', delayed = 'd', running = 'r', completed = 'c', failed = 'f', cancelled = 'x' }
local BYTE_STATES = { p = 'pending', d = 'delayed', r = 'running', c = 'completed', f = 'failed', x = 'cancelled' }

local function state_of(states_key, seq)
  return BYTE_STATES[read_byte(states_key, seq)]
end

-- The only function that changes the state of tasks. It changes the counters too, so that states and counters agree.
local function move_tasks(counts, states_key, first, count, from, to)
  fill_bytes(states_key, first, count, STATE_BYTES[to])
  counts[from] = counts[from] - count
  counts[to] = counts[to] + count
end

-- Calls step(first, count, state) for each contiguous range of the seqs whose tasks are in the same state.
local function each_range(states_key, seqs, step)
  table.sort(seqs)
  local at = 1
  while at <= #seqs do
    local first, last = seqs[at], seqs[at]
    while seqs[at + 1] == last or seqs[at + 1] == last + 1 do
      at = at + 1
      last = seqs[at]
    end
    local bytes = redis.call('GETRANGE', states_key, first, last)
    local from = 1
    while from <= #bytes do
      local byte, to = string.sub(bytes, from, from), from
      while string.sub(bytes, to + 1, to + 1) == byte do to = to + 1 end
      step(first + from - 1, to - from + 1, BYTE_STATES[byte])
      from = to + 1
    end
    at = at + 1
  end
end

-- The script that settles the last open task of a sealed batch completes the batch.
local function is_finished(counts, is_sealed)
  return is_sealed and counts.pending + counts.delayed + counts.running == 0
end
