--[[
plan-tickets: compute which tickets a batch should have in its queue now.

A batch that is not active needs only the tickets that hold tasks. The caller adds tickets to BullMQ, which ignores those
it holds. Each new ticket carries the epoch, so that the run ids of a ticket that is added later are greater than those of
an earlier ticket with the same number.

KEYS[1]  meta    hash: the batch
KEYS[2]  waits   zset: ticket -> when it stops waiting
KEYS[3]  leases  hash: ticket -> run, turn, since, tasks

Returns  { "nothing" }   the batch has nothing to run and nothing to settle
         { "not_yet", ms }   its tasks may start after this time
         { "issue", open, tickets, epoch, queue, priority, types, sleeping, holding }
             `open`: tasks that may be leased. `tickets`: how many there may be. `types`: of the tasks, one in each line. `sleeping`: tickets to wake, since there is
             work. `holding`: tickets that hold tasks; they must exist in any case, since only their next run can take
             these tasks over

Safe to repeat: epochs may have gaps.
Cost: O(tickets).
]]

--- @include "lib/clock"
--- @include "lib/leases"
--- @include "lib/pace"

local meta, waits, leases = KEYS[1], KEYS[2], KEYS[3]

local batch = redis.call('HMGET', meta, 'state', 'pending', 'delayed', 'tickets', 'queue', 'priority', 'paused_until',
  'deleting', 'running', 'backoff', 'pace', 'types', 'start_at')
local state, pending, delayed, running = batch[1], tonumber(batch[2]), tonumber(batch[3]), tonumber(batch[9])
local tickets, queue, priority = tonumber(batch[4]), batch[5], tonumber(batch[6])
local paused_until, deleting = tonumber(batch[7]) or 0, batch[8]
local backoff, pace = tonumber(batch[10]) or 0, tonumber(batch[11]) or 0
local types, start_at = batch[12] or '', tonumber(batch[13]) or 0

if not state or deleting then return { 'nothing' } end
local open_tasks = state == 'active' and pending + delayed or 0
if open_tasks + running == 0 then return { 'nothing' } end

local now = clock_ms()
if start_at > now then return { 'not_yet', start_at - now } end

local sleeping = {}
if state == 'active' and pending > 0 and paused_until <= now then
  -- Tickets that wait for the pace of their batch return by themselves: woken, they would only wait again.
  local from = (backoff > 0 or pace > 0) and now + LONGEST_WAIT or now
  sleeping = redis.call('ZRANGEBYSCORE', waits, from + 1, '+inf')
end
local holding = running > 0 and tickets_with_tasks(leases) or {}
local epoch = redis.call('HINCRBY', meta, 'epoch', 1)
return { 'issue', open_tasks, tickets, epoch, queue, priority, types, sleeping, holding }
