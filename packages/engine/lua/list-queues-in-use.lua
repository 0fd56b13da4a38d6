--[[
list-queues-in-use: list the queues that a batch uses.

KEYS[1]  uses  zset: "<queue> <id>" of each batch that uses its queue

Returns  { "queues", name ... }   in alphabetical order

Safe to repeat.
Cost: O(queues * log batches).
]]

local uses = KEYS[1]

local reply, from = { 'queues' }, '-'
while true do
  local use = redis.call('ZRANGEBYLEX', uses, from, '+', 'LIMIT', 0, 1)[1]
  if not use then return reply end
  local name = string.match(use, '^%S+')
  reply[#reply + 1] = name
  -- "!" is the character after the space that ends the name.
  from = '[' .. name .. '!'
end
