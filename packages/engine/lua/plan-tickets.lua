--[[
plan-tickets: say which tickets an active batch should have in its queue now.

The caller then adds them to BullMQ, which ignores those it holds. The epoch goes into each ticket that is really new:
it makes the run ids of a ticket added later greater than those of an earlier one of the same number.

KEYS[1]  meta       hash: the batch
KEYS[2]  waits      zset: ticket -> when it stops waiting
KEYS[3]  leases     hash: ticket -> run, turn, since, tasks

Returns  { "nothing" }                                          not active, or nothing to run
         { "issue", open, tickets, epoch, queue, priority, sleeping, holding }
             `open` tasks wait, and there may be so many `tickets`; `sleeping` lists those that sleep though there is
             work, and should be woken; `holding` those that hold tasks: they are busy, and wanted whatever else is, as
             only their next run can take these over

Safe to repeat: numbers of epochs may be skipped.
Cost: O(tickets).
]]

--- @include "lib/clock"
--- @include "lib/leases"

local meta, waits, leases = KEYS[1], KEYS[2], KEYS[3]

local batch = redis.call('HMGET', meta, 'state', 'pending', 'delayed', 'tickets', 'queue', 'priority', 'paused_until', 'deleting',
  'running')
local state, pending, delayed, running = batch[1], tonumber(batch[2]), tonumber(batch[3]), tonumber(batch[9])
local tickets, queue, priority = tonumber(batch[4]), batch[5], tonumber(batch[6])
local paused_until, deleting = tonumber(batch[7]) or 0, batch[8]

if state ~= 'active' or deleting or pending + delayed + running == 0 then return { 'nothing' } end

local now = clock_ms()
local sleeping = {}
if pending > 0 and paused_until <= now then sleeping = redis.call('ZRANGEBYSCORE', waits, now + 1, '+inf') end
local holding = running > 0 and tickets_with_tasks(leases) or {}
local epoch = redis.call('HINCRBY', meta, 'epoch', 1)
return { 'issue', pending + delayed, tickets, epoch, queue, priority, sleeping, holding }
