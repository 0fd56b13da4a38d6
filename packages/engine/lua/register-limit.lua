--[[
register-limit: create a limit, or replace its settings.

The registry decides which limits exist. The caller hands the settings to the ledger of the limit afterwards, and the
reconciler does so if the caller dies.

KEYS[1]  limits      hash: limit -> version and settings
KEYS[2]  version     string: counts changes of queues and limits
KEYS[3]  deleted     zset: deleted limit -> when
ARGV[1]  name        of the limit
ARGV[2]  json        its settings
ARGV[3]  max_limits  how many limits there may be

Returns  { "created", version }
         { "replaced", version }
         { "full", count }         there are as many limits as there may be

Safe to repeat, with another version.
Cost: O(1).
]]

--- @include "lib/registry"

local limits, version, deleted = KEYS[1], KEYS[2], KEYS[3]
local name, json, max_limits = ARGV[1], ARGV[2], tonumber(ARGV[3])

local exists = read_registered(limits, name) ~= nil
local count = redis.call('HLEN', limits)
if not exists and count >= max_limits then return { 'full', count } end

redis.call('ZREM', deleted, name)
return { exists and 'replaced' or 'created', register(limits, name, version, json) }
