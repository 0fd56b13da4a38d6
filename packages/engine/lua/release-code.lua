--[[
release-code: free the code of a batch, unless another batch has it by now.

KEYS[1]  codes   hash: "<tenant>/<code>" -> batch
ARGV[1]  tenant  of the batch
ARGV[2]  code    to free
ARGV[3]  id      of the batch that had it

Returns  { "released" }

Safe to repeat.
Cost: O(1).
]]

local codes = KEYS[1]
local code, id = ARGV[1] .. '/' .. ARGV[2], ARGV[3]

if redis.call('HGET', codes, code) == id then redis.call('HDEL', codes, code) end
return { 'released' }
