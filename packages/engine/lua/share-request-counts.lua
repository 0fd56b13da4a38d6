--[[
share-request-counts: add the requests that one process has counted to those of all, and tell it the sums.

Windows follow Redis's clock, so that all processes have the same ones. Counts of a window that is over are dropped.

KEYS[1]   requests   hash: `window`, its number, and id -> requests of the API key in that window
ARGV[1]   window_ms  how long a window is
ARGV[2]   window     the number of the window that was counted in; 0: not known
ARGV[3+]  counts     pairs: id of an API key, and its requests since the last call

Returns  { "shared", window, left_ms, sums… }  the present window, how long it lasts, and a sum for each id

Not safe to repeat: a repeat adds the counts again.
Cost: O(ids).
]]

--- @include "lib/clock"

local requests = KEYS[1]
local window_ms, counted_in = tonumber(ARGV[1]), tonumber(ARGV[2])

local now = clock_ms()
local window = math.floor(now / window_ms)
local left_ms = (window + 1) * window_ms - now

if tonumber(redis.call('HGET', requests, 'window') or 0) ~= window then
  redis.call('DEL', requests)
  redis.call('HSET', requests, 'window', window)
  redis.call('PEXPIRE', requests, 2 * window_ms)
end

local reply = { 'shared', window, left_ms }
local is_over = counted_in ~= 0 and counted_in ~= window
for i = 3, #ARGV, 2 do
  reply[#reply + 1] = redis.call('HINCRBY', requests, ARGV[i], is_over and 0 or ARGV[i + 1])
end
return reply
