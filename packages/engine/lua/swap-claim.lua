--[[
swap-claim: replace what an idempotency key holds, if it still holds what the caller has seen there.

Between looking and writing another submission under the same key may have done the same: only one of them may win.

KEYS[1]  claim     string: what a submission under this key was, and the answer it got
ARGV[1]  expected  what it must hold; empty: nothing
ARGV[2]  next      what it shall hold; empty: nothing
ARGV[3]  kept_ms   how long it is kept

Returns  { "swapped" }
         { "held", text }   what it holds instead; empty: nothing

Safe to repeat: what holds `next` already counts as swapped.
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
