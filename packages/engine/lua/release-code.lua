--[[
release-code: free the code of a batch, unless another batch has it by now.

KEYS[1]  codes  hash: code -> batch
ARGV[1]  code   to free
ARGV[2]  id     of the batch that had it

Returns  { "released" }

Safe to repeat.
Cost: O(1).
]]

local codes = KEYS[1]
local code, id = ARGV[1], ARGV[2]

if redis.call('HGET', codes, code) == id then redis.call('HDEL', codes, code) end
return { 'released' }
