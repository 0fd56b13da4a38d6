--[[
read-offers: read what workers offer to run, and count the workers of each offer.

A worker that has missed its beats stays listed, without being counted, until the beat of another worker finds it dead.

KEYS[1]  alive   zset: worker -> when it counts as dead, unless it beats again
KEYS[2]  offers  hash: worker -> its offer

Returns  { "offers", offer, workers ... }   each offer with the number of its workers that are alive now

Safe to repeat: the script changes nothing.
Cost: O(workers).
]]

--- @include "lib/clock"

local alive, offers = KEYS[1], KEYS[2]

local now = clock_ms()
local dead_from, scores = {}, redis.call('ZRANGE', alive, 0, -1, 'WITHSCORES')
for i = 1, #scores, 2 do dead_from[scores[i]] = tonumber(scores[i + 1]) end

local counts, fields = {}, redis.call('HGETALL', offers)
for i = 1, #fields, 2 do
  local time, offer = dead_from[fields[i]], fields[i + 1]
  if time then counts[offer] = (counts[offer] or 0) + (time > now and 1 or 0) end
end

local reply = { 'offers' }
for offer, count in pairs(counts) do
  reply[#reply + 1] = offer
  reply[#reply + 1] = count
end
return reply
