--[[
take-jobs: take several waiting jobs of a BullMQ queue for one worker.

Does for each job what BullMQ's `moveToActive` does for one, at a quarter of the cost: the worker of a thousand slots
would call that a thousand times. BullMQ itself takes the first job, and so sees to delayed jobs, markers and rate
limits. Jobs are taken in BullMQ's order.

KEYS[1]  meta         hash: the settings of the queue
KEYS[2]  wait         list: job ids
KEYS[3]  prioritized  zset: job id -> order
KEYS[4]  active       list: job ids
ARGV[1]  job_base     key of a job without its id
ARGV[2]  lock_base    the worker, and the beginning of the number of its locks
ARGV[3]  lock_ms      for how long the locks are kept
ARGV[4]  want         jobs to take at most
ARGV[5]  share        takes at most one in so many of the waiting jobs, so that other workers find some, too

Returns  { "taken", job, lock, fields ... }
             for each job its id, its lock, and the fields and values of its hash as a list

Not safe to repeat: jobs whose reply is lost are held by the worker, which does not know them. `LostJobs` finds them.
Cost: O(want).
]]

--- @include "lib/clock"

local meta, wait, prioritized, active = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local job_base, lock_base, lock_ms = ARGV[1], ARGV[2], ARGV[3]
local want, share = tonumber(ARGV[4]), tonumber(ARGV[5])

local function next_job()
  local job = redis.call('RPOPLPUSH', wait, active)
  if job then return job end
  job = redis.call('ZPOPMIN', prioritized)[1]
  redis.call('LPUSH', active, job)
  return job
end

local paused, concurrency = unpack(redis.call('HMGET', meta, 'paused', 'concurrency'))
if paused then return { 'taken' } end

local waiting = redis.call('LLEN', wait) + redis.call('ZCARD', prioritized)
local count = math.min(want, math.floor(waiting / share))
if concurrency then count = math.min(count, tonumber(concurrency) - redis.call('LLEN', active)) end

local now = string.format('%.0f', clock_ms())
local reply = { 'taken' }
for i = 1, count do
  local job = next_job()
  local key, lock = job_base .. job, lock_base .. i
  redis.call('SET', key .. ':lock', lock, 'PX', lock_ms)
  redis.call('HSET', key, 'processedOn', now)
  redis.call('HINCRBY', key, 'ats', 1)
  reply[#reply + 1] = job
  reply[#reply + 1] = lock
  reply[#reply + 1] = redis.call('HGETALL', key)
end
return reply
