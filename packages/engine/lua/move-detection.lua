--[[
move-detection: move a detection from one state to another, or write its progress, if it is in the expected state.

Its worker, a client that cancels it and a worker that takes it over may move it at the same time: only one succeeds.

KEYS[1]  detection  hash: the detection
ARGV[1]  from       the state it must be in; empty: it must not exist
ARGV[2]  to         the state it gets
ARGV[3]  kept_ms    how long it is kept from now on
ARGV[4+] fields     further fields to write: field, value

Returns  { "moved" }
         { "missing" }              no such detection
         { "wrong_state", state }   the state it is in instead

Safe to repeat: a repeat finds the state that was reached, unless from and to are the same.
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
-- The request may contain API keys, and an ended detection no longer needs it.
if not MOMENTS[to] then redis.call('HDEL', detection, 'request') end
redis.call('PEXPIRE', detection, kept_ms)
return { 'moved' }
