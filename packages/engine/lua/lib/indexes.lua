local STATES = { 'active', 'interrupted', 'completed', 'cancelled' }

-- Scripts that change indexes have these as their first keys.
local function name_indexes(keys)
  return {
    batches = keys[1],
    active = keys[2],
    interrupted = keys[3],
    completed = keys[4],
    cancelled = keys[5],
    finished = keys[6],
    unsettled = keys[7],
    uses = keys[8],
    editions = keys[9],
  }
end

-- Scripts that take a description have it as their first arguments.
local function read_description(args)
  return {
    id = args[1],
    edition = tonumber(args[2]),
    state = args[3],
    created_at = args[4],
    finished_at = args[5],
    tenant = args[6],
    queue = args[7],
    is_unsettled = args[8] == '1',
    uses_queue = args[9] == '1',
    signals = args[10],
  }
end

-- The indexes of a tenant lie in the hash slot of the others. Which ones a step changes, it may learn only from what the
-- indexes show. `src/keys.ts` builds the same keys.
local function index_of(indexes, tenant, state)
  local key = indexes.batches .. '-of:' .. tenant
  return state and key .. ':' .. state or key
end

-- Members have no score, so they are in order of their queue.
local function use_of(queue, id)
  return queue .. ' ' .. id
end

-- Workers serve only queues in use, so they are told of a queue that gets its first batch.
local function announce_use(uses, batch)
  -- "!" is the character after the space that ends the name.
  if redis.call('ZLEXCOUNT', uses, '[' .. batch.queue .. ' ', '(' .. batch.queue .. '!') > 1 then return end
  redis.call('PUBLISH', batch.signals, '{"kind":"use","queue":"' .. batch.queue .. '"}')
end

-- Returns the edition that the indexes show of a batch, its tenant, and the queue that it uses according to them. The
-- edition of a batch that they do not show is 0.
local function shown_of(editions, id)
  local edition, tenant, queue = string.match(redis.call('HGET', editions, id) or '0  ', '^(%d+) (%S*) (.*)$')
  return tonumber(edition), tenant, queue
end

-- Brings the indexes in line with a description. Returns whether they differed.
local function show(indexes, batch)
  local is_changed = false
  local function list(key, is_listed, score)
    local changes = is_listed and redis.call('ZADD', key, score, batch.id) or redis.call('ZREM', key, batch.id)
    is_changed = is_changed or changes == 1
  end

  for _, state in ipairs(STATES) do
    list(indexes[state], state == batch.state, batch.created_at)
    list(index_of(indexes, batch.tenant, state), state == batch.state, batch.created_at)
  end
  list(index_of(indexes, batch.tenant), true, batch.created_at)
  local is_finished = batch.state == 'completed' or batch.state == 'cancelled'
  list(indexes.finished, is_finished, batch.finished_at)
  list(indexes.unsettled, batch.is_unsettled, batch.created_at)
  if batch.uses_queue then
    local is_new = redis.call('ZADD', indexes.uses, 0, use_of(batch.queue, batch.id)) == 1
    if is_new then announce_use(indexes.uses, batch) end
  else
    redis.call('ZREM', indexes.uses, use_of(batch.queue, batch.id))
  end
  local queue_in_use = batch.uses_queue and batch.queue or ''
  redis.call('HSET', indexes.editions, batch.id, batch.edition .. ' ' .. batch.tenant .. ' ' .. queue_in_use)
  return is_changed
end
