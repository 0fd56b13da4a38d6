-- Strings with one byte per task.
local function read_byte(key, seq)
  return redis.call('GETRANGE', key, seq, seq)
end

local function fill_bytes(key, first, count, byte)
  redis.call('SETRANGE', key, first, string.rep(byte, count))
end
