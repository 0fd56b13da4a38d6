--[[
move-detection: bring a detection from one state to another, or write down how far it is, if it is still in the state it
is thought to be in.

Its worker, whoever cancels it and a worker that takes it over may all move it at once: only one of them may win.

KEYS[1]  detection  hash: the detection
ARGV[1]  from       the state it must be in; empty: it must not be there
ARGV[2]  to         the state it is to be in
ARGV[3]  kept_ms    how long it is kept from now on
ARGV[4+] fields     what else is written: field, value

Returns  { "moved" }
         { "missing" }              there is no such detection
         { "wrong_state", state }   the state it is in instead

Safe to repeat: a repeat is refused with the state that was reached, unless from and to are the same.
Cost: O(fields).
]]

--- @include "lib/clock"

local detection = KEYS[1]
local from, to, kept_ms = ARGV[1], ARGV[2], ARGV[3]
local FIRST_FIELD = 4
local fields = { unpack(ARGV, FIRST_FIELD) }

local state = redis.call('HGET', detection, 'state') or ''
if state ~= from then return state == '' and { 'missing' } or { 'wrong_state', state } end

local MOMENTS = { pending = 'created_at', running = 'started_at' }
local now = clock_ms()
redis.call('HSET', detection, 'state', to)
if #fields > 0 then redis.call('HSET', detection, unpack(fields)) end
redis.call('HSETNX', detection, MOMENTS[to] or 'finished_at', now)
-- What the upstream was to be sent may hold keys, and is not needed any more.
if not MOMENTS[to] then redis.call('HDEL', detection, 'request') end
redis.call('PEXPIRE', detection, kept_ms)
return { 'moved' }
