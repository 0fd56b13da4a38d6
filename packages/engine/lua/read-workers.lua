--[[
read-workers: read the workers that are alive, as their last beats described them.

KEYS[1]  alive     zset: worker -> when it counts as dead, unless it beats again
KEYS[2]  offers    hash: worker -> its offer
KEYS[3]  profiles  hash: worker -> its profile
KEYS[4]  loads     hash: worker -> its load at its last beat

Returns  { "workers", worker, dead_from, offer, profile, load ... }   five values for each worker that is alive now

Safe to repeat: the script changes nothing.
Cost: O(workers).
]]

--- @include "lib/clock"

local alive, offers, profiles, loads = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

local reply = { 'workers' }
local living = redis.call('ZRANGEBYSCORE', alive, '(' .. string.format('%.0f', clock_ms()), '+inf', 'WITHSCORES')
for i = 1, #living, 2 do
  local worker, dead_from = living[i], living[i + 1]
  local offer, profile = redis.call('HGET', offers, worker), redis.call('HGET', profiles, worker)
  local load = redis.call('HGET', loads, worker)
  if offer and profile and load then
    for _, value in ipairs({ worker, dead_from, offer, profile, load }) do reply[#reply + 1] = value end
  end
end
return reply
