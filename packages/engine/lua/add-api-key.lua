--[[
add-api-key: store a new API key, and change the one that it replaces.

One step, so that an API key is never replaced without a successor, and there are never more than there may be.

KEYS[1]  records        hash: id -> API key as JSON
ARGV[1]  id             of the new API key
ARGV[2]  json           the new API key
ARGV[3]  max_keys       how many API keys there may be
ARGV[4]  replaced_id    the API key that it replaces; empty: none
ARGV[5]  replaced_from  what that one must be now
ARGV[6]  replaced_to    what that one becomes

Returns  { "added" }
         { "full", count }  there are as many API keys as there may be
         { "changed" }      the one to be replaced has changed, or was deleted

Safe to repeat: a repeat of one that replaced another replies "changed".
Cost: O(1).
]]

local records = KEYS[1]
local id, json, max_keys = ARGV[1], ARGV[2], tonumber(ARGV[3])
local replaced_id, replaced_from, replaced_to = ARGV[4], ARGV[5], ARGV[6]

local count = redis.call('HLEN', records)
if replaced_id ~= '' and redis.call('HGET', records, replaced_id) ~= replaced_from then return { 'changed' } end
if count >= max_keys then return { 'full', count } end

if replaced_id ~= '' then redis.call('HSET', records, replaced_id, replaced_to) end
redis.call('HSET', records, id, json)
return { 'added' }
