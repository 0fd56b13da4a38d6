-- Redis's clock, never a caller's: it is the one clock that all workers share.
local function clock_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function clock_us()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
