--[[
plan-tickets: say which tickets an active batch should have in its queue now.

The caller then adds them to BullMQ, which ignores those it holds. The epoch goes into each ticket that is really new:
it makes the run ids of a ticket added later greater than those of an earlier one of the same number.

KEYS[1]  meta       hash: the batch
KEYS[2]  waits      zset: ticket -> when it stops waiting

Returns  { "none" }                                          not active, or nothing to run
         { "issue", count, epoch, queue, priority, ticket ... }
             tickets 0 .. count - 1 are wanted; those listed sleep though there is work, and should be woken

Safe to repeat: numbers of epochs may be skipped.
Cost: O(waiting tickets).
]]

--- @include "lib/clock"

local meta, waits = KEYS[1], KEYS[2]

local batch = redis.call('HMGET', meta, 'state', 'pending', 'delayed', 'tickets', 'queue', 'priority', 'paused_until', 'deleting')
local state, pending, delayed = batch[1], tonumber(batch[2]), tonumber(batch[3])
local tickets, queue, priority = tonumber(batch[4]), batch[5], tonumber(batch[6])
local paused_until, deleting = tonumber(batch[7]) or 0, batch[8]

if state ~= 'active' or deleting or pending + delayed == 0 then return { 'none' } end

local now = clock_ms()
local plan = { 'issue', math.min(pending + delayed, tickets), redis.call('HINCRBY', meta, 'epoch', 1), queue, priority }
if pending > 0 and paused_until <= now then
  for _, ticket in ipairs(redis.call('ZRANGEBYSCORE', waits, now + 1, '+inf')) do
    plan[#plan + 1] = ticket
  end
end
return plan
