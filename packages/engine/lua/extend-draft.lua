--[[
extend-draft: say that a draft is still being created.

Otherwise the reconciler takes its process for dead. A draft that is being discarded stays so: it may be half erased.

KEYS[1]  drafts  zset: draft -> when it was last known to be created; 0: it is being discarded
ARGV[1]  id      of the draft

Returns  { "extended" }
         { "lost" }       the draft is being discarded, or does not exist

Safe to repeat.
Cost: O(log drafts).
]]

--- @include "lib/clock"

local drafts, id = KEYS[1], ARGV[1]

if tonumber(redis.call('ZSCORE', drafts, id) or 0) == 0 then return { 'lost' } end
redis.call('ZADD', drafts, clock_ms(), id)
return { 'extended' }
