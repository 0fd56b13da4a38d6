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
    usage = keys[10],
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
    tasks = args[7],
    bytes = args[8],
    queue = args[9],
    is_unsettled = args[10] == '1',
    uses_queue = args[11] == '1',
    signals = args[12],
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

-- Returns what the indexes show of a batch. The edition of one that they do not show is 0.
local function shown_of(indexes, id)
  local text = redis.call('HGET', indexes.editions, id) or '0  0 0 '
  local edition, tenant, tasks, bytes, queue = string.match(text, '^(%d+) (%S*) (%d+) (%d+) (.*)$')
  return {
    edition = tonumber(edition),
    tenant = tenant,
    tasks = tonumber(tasks),
    bytes = tonumber(bytes),
    queue = queue,
  }
end

-- Adds to what the batches of a tenant hold together. What comes to nothing is not kept.
local function add_usage(indexes, tenant, unit, amount)
  if amount == 0 then return end
  local field = tenant .. '/' .. unit
  if redis.call('HINCRBY', indexes.usage, field, amount) <= 0 then redis.call('HDEL', indexes.usage, field) end
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
  local shown = shown_of(indexes, batch.id)
  for _, unit in ipairs({ 'tasks', 'bytes' }) do
    add_usage(indexes, batch.tenant, unit, tonumber(batch[unit]) - shown[unit])
  end
  local facts = { batch.edition, batch.tenant, batch.tasks, batch.bytes, batch.uses_queue and batch.queue or '' }
  redis.call('HSET', indexes.editions, batch.id, table.concat(facts, ' '))
  return is_changed
end
