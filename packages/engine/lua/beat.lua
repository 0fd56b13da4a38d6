--[[
beat: say that a worker is alive, and learn which workers have died.

A worker has died when it has not beaten for the time to live, although Redis was there to be reached: while Redis was
away no worker could beat, and all would seem dead. Redis was away if no worker at all has beaten for the longest gap.
Then no worker counts as dead until each has had the grace time to beat again.

KEYS[1]  alive     zset: worker -> when it counts as dead, unless it beats again
KEYS[2]  watch     hash: last_at (the last beat of any worker), trusted_from (from when the entries of `alive` count)
KEYS[3]  offers    hash: worker -> its offer
KEYS[4]  profiles  hash: worker -> its profile
KEYS[5]  loads     hash: worker -> its load at its last beat
ARGV[1]  worker    the worker that beats
ARGV[2]  offer     the queues that it serves, and the types that it handles, as JSON
ARGV[3]  profile   where it runs, its version and its concurrency, as JSON
ARGV[4]  load      what it runs, as JSON
ARGV[5]  ttl_ms    how long a worker lives after a beat
ARGV[6]  gap_ms    the longest time between two beats of any workers while Redis can be reached
ARGV[7]  grace_ms  how long after the first beat all other workers have beaten, once Redis can be reached again

Returns  { "beaten", dead ... }   workers that have died. They are no longer in `alive`, so one caller learns of each

Safe to repeat, except that a repeat does not return the same dead workers; the reconciler finds their tickets.
Cost: O(log workers + dead), at most 20 dead workers.
]]

--- @include "lib/clock"

local MOST_DEAD = 20

local alive, watch, offers, profiles, loads = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local worker, offer, profile, load = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ttl, gap, grace = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])

local now = clock_ms()
local fields = redis.call('HMGET', watch, 'last_at', 'trusted_from')
local last_at, trusted_from = tonumber(fields[1]) or 0, tonumber(fields[2]) or 0

-- After a failover the clock may be behind.
if now - last_at > gap or now < last_at then trusted_from = now + grace end

-- Entries of `alive` and of the hashes come and go together.
if redis.call('ZADD', alive, now + ttl, worker) == 1 then
  redis.call('HSET', offers, worker, offer)
  redis.call('HSET', profiles, worker, profile)
end
redis.call('HSET', loads, worker, load)
redis.call('HSET', watch, 'last_at', now, 'trusted_from', trusted_from)
if now < trusted_from then return { 'beaten' } end

-- A clock that was set back leaves entries in the far future, as if their workers could not die.
for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', alive, '(' .. now + ttl, '+inf', 'LIMIT', 0, MOST_DEAD)) do
  redis.call('ZADD', alive, now + ttl, ahead)
end
local dead = redis.call('ZRANGEBYSCORE', alive, '-inf', now, 'LIMIT', 0, MOST_DEAD)
if #dead > 0 then
  redis.call('ZREM', alive, unpack(dead))
  for _, hash in ipairs({ offers, profiles, loads }) do redis.call('HDEL', hash, unpack(dead)) end
end
return { 'beaten', unpack(dead) }
