--[[
append-tasks: append a chunk of tasks to a batch, all of it or nothing.

KEYS[1]  meta       hash: the batch
KEYS[2]  states     string: one byte per task
KEYS[3]  attempts   string: one byte per task
KEYS[4]  appended   string: five bytes per task, ms since the batch was created
ARGV[1]  offset     seq of the first envelope; empty: append after the last task
ARGV[2]  max_tasks  the most tasks the batch may hold
ARGV[3]  types      a line for each type that tasks name: the number of the last such envelope, from 0, and the type. No
                    type stands for tasks that name none
ARGV[4+] envelopes  JSON texts of the tasks

Returns  { "appended", total, skipped }   the batch already held the first `skipped` envelopes
         { "missing" }
         { "wrong_state", state }         the batch is completed or cancelled
         { "sealed", total }
         { "gap", total }                 the offset lies beyond the end
         { "too_large", total }           the batch would exceed max_tasks
         { "too_many_types", max_types }  its tasks would have more types than that

Safe to repeat with an offset: the script skips what the batch already holds. Without an offset, a repeat appends twice.
Cost: O(envelopes).
]]

--- @include "lib/clock"
--- @include "lib/pages"
--- @include "lib/types"

local meta, states, attempts, appended = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local offset = tonumber(ARGV[1])
local max_tasks, named_types = tonumber(ARGV[2]), ARGV[3]
local first_envelope = 4
local count = #ARGV - first_envelope + 1

local batch = redis.call('HMGET', meta, 'state', 'sealed', 'total', 'created_at', 'deleting', 'type',
  'types')
local state, sealed, total, created_at, deleting = batch[1], batch[2], tonumber(batch[3]), tonumber(batch[4]), batch[5]
local own_type, types = batch[6], batch[7] or ''

if not state or deleting then return { 'missing' } end
if offset and offset > total then return { 'gap', total } end

local skipped = offset and math.min(total - offset, count) or 0
-- A repeat of accepted tasks succeeds even after the batch was sealed or finished.
if skipped == count then return { 'appended', total, skipped } end

if sealed == '1' and (state == 'active' or state == 'interrupted') then return { 'sealed', total } end
if state ~= 'active' and state ~= 'interrupted' then return { 'wrong_state', state } end

local added = count - skipped
if total + added > max_tasks then return { 'too_large', total } end

local all_types = add_types(types, named_types, own_type, skipped)
if not all_types then return { 'too_many_types', MAX_TYPES } end
if all_types ~= types then redis.call('HSET', meta, 'types', all_types) end

local bytes = 0
for i = first_envelope + skipped, #ARGV do bytes = bytes + #ARGV[i] end

local seq, next_argument = total, first_envelope + skipped
while next_argument <= #ARGV do
  local page = page_of(seq)
  local room = (page + 1) * PAGE_TASKS - seq
  local last_argument = math.min(#ARGV, next_argument + room - 1)
  redis.call('RPUSH', page_key(meta, 'page', page), unpack(ARGV, next_argument, last_argument))
  seq = seq + last_argument - next_argument + 1
  next_argument = last_argument + 1
end

redis.call('APPEND', states, string.rep('p', added))
redis.call('APPEND', attempts, string.rep('\0', added))
redis.call('APPEND', appended, string.rep(struct.pack('>I5', math.max(0, clock_ms() - created_at)), added))
redis.call('HINCRBY', meta, 'pending', added)
redis.call('HINCRBY', meta, 'total', added)
redis.call('HINCRBY', meta, 'bytes', bytes)
return { 'appended', total + added, skipped }
