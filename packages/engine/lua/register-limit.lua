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
ARGV[4]  if_version  the version that the settings must have now; empty: any

Returns  { "created", version }
         { "replaced", version }
         { "full", count }         there are as many limits as there may be
         { "changed", version }    the settings have another version; -1: the limit does not exist

Safe to repeat, with another version.
Cost: O(1).
]]

--- @include "lib/registry"

local limits, version, deleted = KEYS[1], KEYS[2], KEYS[3]
local name, json, max_limits, if_version = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local before = read_registered(limits, name)
local exists = before ~= nil
local current = before and before.version or -1
if if_version ~= '' and tonumber(if_version) ~= current then return { 'changed', current } end
local count = redis.call('HLEN', limits)
if not exists and count >= max_limits then return { 'full', count } end

redis.call('ZREM', deleted, name)
return { exists and 'replaced' or 'created', register(limits, name, version, json) }
