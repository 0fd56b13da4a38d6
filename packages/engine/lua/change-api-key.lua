--[[
change-api-key: replace an API key by a changed one, or delete it, if it is still as it was read.

KEYS[1]  records  hash: id -> API key as JSON
KEYS[2]  uses     hash: id -> when the API key was last used
ARGV[1]  id
ARGV[2]  from     what it must be now; empty: anything
ARGV[3]  to       what it becomes; empty: it is deleted

Returns  { "changed" }
         { "missing" }  no such API key
         { "stale" }    it has changed since it was read

Safe to repeat: a repeat replies "missing" or "stale".
Cost: O(1).
]]

local records, uses = KEYS[1], KEYS[2]
local id, from, to = ARGV[1], ARGV[2], ARGV[3]

local json = redis.call('HGET', records, id)
if not json then return { 'missing' } end
if from ~= '' and json ~= from then return { 'stale' } end

if to == '' then redis.call('HDEL', uses, id) end
if to == '' then redis.call('HDEL', records, id) else redis.call('HSET', records, id, to) end
return { 'changed' }
