--[[
drop-limit: delete the settings and the ledger of a limit that was deleted, unless it was created again since.

KEYS[1]  settings  hash: the limit's settings
KEYS[2]  ledger    hash: what was granted, for when, and what the upstream said
ARGV[1]  version   settings of this version and earlier ones are deleted

Returns  { "dropped" }   also when the limit has later settings

Safe to repeat.
Cost: O(cells), at most 512 per rule.
]]

local settings, ledger = KEYS[1], KEYS[2]
local version = tonumber(ARGV[1])

if tonumber(redis.call('HGET', settings, 'version') or 0) <= version then redis.call('UNLINK', settings, ledger) end
return { 'dropped' }
