--[[
release-jobs: return active jobs to their BullMQ queue, because no worker runs them.

BullMQ gives each active job a lock that names its worker. BullMQ itself would renew all locks, and look for expired ones
in each queue; here the heartbeat of a process takes the place of both. The moves are those of BullMQ's own
`moveStalledJobsToWait`.

KEYS[1]  active    list: job ids
KEYS[2]  wait      list: job ids
KEYS[3]  marker    zset: wakes a worker that waits for a job
ARGV[1]  job_base  key of a job without its id
ARGV[2+] jobs      job, lock ...: a job returns only while it has this lock; empty: while it has none

Returns  { "released", count }

Safe to repeat.
Cost: O(jobs * active).
]]

local active, wait, marker = KEYS[1], KEYS[2], KEYS[3]
local job_base = ARGV[1]

local function release(job, lock)
  local lock_key = job_base .. job .. ':lock'
  if (redis.call('GET', lock_key) or '') ~= lock then return 0 end
  redis.call('DEL', lock_key)
  if redis.call('LREM', active, 1, job) == 0 then return 0 end
  -- To the end from which workers take jobs: these have waited longest.
  redis.call('RPUSH', wait, job)
  return 1
end

local count = 0
for i = 2, #ARGV, 2 do count = count + release(ARGV[i], ARGV[i + 1]) end
if count > 0 then redis.call('ZADD', marker, 0, '0') end
return { 'released', count }
