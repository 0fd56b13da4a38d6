--[[
end-jobs: remove active jobs from their BullMQ queue, because their worker is done with them.

Does for each job what BullMQ's `moveToFinished` does for one that is not kept, at an eighth of the cost: thousands of
tickets retire within a second at the end of a batch.

KEYS[1]  meta         hash: the settings of the queue
KEYS[2]  wait         list: job ids
KEYS[3]  prioritized  zset: job id -> order
KEYS[4]  active       list: job ids
KEYS[5]  marker       zset: wakes a worker that waits for a job
ARGV[1]  job_base     key of a job without its id
ARGV[2+] jobs         job, lock ...: a job ends only while it has this lock

Returns  { "ended", count }

Safe to repeat.
Cost: O(jobs * active). Jobs that were taken first are found first, and usually end first.
]]

local meta, wait, prioritized, active, marker = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local job_base = ARGV[1]

local function end_job(job, lock)
  local key = job_base .. job
  if redis.call('GET', key .. ':lock') ~= lock then return 0 end
  redis.call('DEL', key .. ':lock', key)
  return redis.call('LREM', active, -1, job)
end

local function has_waiting_jobs()
  if redis.call('HEXISTS', meta, 'paused') == 1 then return false end
  return redis.call('LLEN', wait) > 0 or redis.call('ZCARD', prioritized) > 0
end

local count = 0
for i = 2, #ARGV, 2 do count = count + end_job(ARGV[i], ARGV[i + 1]) end
-- The queue may have had as many active jobs as it may have.
if count > 0 and has_waiting_jobs() then redis.call('ZADD', marker, 0, '0') end
return { 'ended', count }
