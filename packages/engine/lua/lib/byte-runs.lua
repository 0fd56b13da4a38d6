-- Strings with one byte per task, as in lib/byte-string, for a script that changes many tasks: it collects its changes, so
-- that contiguous tasks that get the same byte share one write. Redis takes over a microsecond for each call of a script.

-- By key and byte, the contiguous tasks that have yet to be written. No two runs of a key overlap.
local byte_runs = { by_key = {} }

function byte_runs.write_run(key, byte, run)
  redis.call('SETRANGE', key, run.first, string.rep(byte, run.count))
end

function byte_runs.write()
  for key, runs in pairs(byte_runs.by_key) do
    for byte, run in pairs(runs) do byte_runs.write_run(key, byte, run) end
  end
end

-- Writes the runs that a change replaces a part of, so that the last change of a task counts.
function byte_runs.write_overlapped(key, runs, first, count)
  for byte, run in pairs(runs) do
    if run.first < first + count and first < run.first + run.count then
      byte_runs.write_run(key, byte, run)
      runs[byte] = nil
    end
  end
end

local function read_byte(key, seq)
  for byte, run in pairs(byte_runs.by_key[key] or {}) do
    if run.first <= seq and seq < run.first + run.count then return byte end
  end
  return redis.call('GETRANGE', key, seq, seq)
end

local function fill_bytes(key, first, count, byte)
  local runs = byte_runs.by_key[key] or {}
  byte_runs.by_key[key] = runs
  byte_runs.write_overlapped(key, runs, first, count)
  local run = runs[byte]
  if run and run.first + run.count == first then
    run.count = run.count + count
    return
  end
  if run then byte_runs.write_run(key, byte, run) end
  runs[byte] = { first = first, count = count }
end
