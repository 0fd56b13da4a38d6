--[[
swap-claim: replace what an idempotency key holds, if it still holds what the caller has read.

Another submission with the same key may write between the read and this call: only one of them succeeds.

KEYS[1]  claim     string: fingerprint and response of the submission that used the key
ARGV[1]  expected  what the key must hold; empty: nothing
ARGV[2]  next      what the key gets; empty: nothing
ARGV[3]  kept_ms   how long it is kept

Returns  { "swapped" }
         { "held", text }   what the key holds instead; empty: nothing

Safe to repeat: a key that already holds `next` counts as swapped.
Cost: O(1).
]]

local claim = KEYS[1]
local expected, next_text, kept_ms = ARGV[1], ARGV[2], ARGV[3]

local text = redis.call('GET', claim) or ''
if text == next_text then return { 'swapped' } end
if text ~= expected then return { 'held', text } end

if next_text == '' then
  redis.call('DEL', claim)
else
  redis.call('SET', claim, next_text, 'PX', kept_ms)
end
return { 'swapped' }
