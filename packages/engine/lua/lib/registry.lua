-- `model/queue.ts` defines the same name.
local DEFAULT_QUEUE = 'default'

-- Settings are stored as "<version> <JSON>".
local function read_registered(key, name)
  local text = redis.call('HGET', key, name)
  if not text then return nil end
  local version, json = string.match(text, '^(%d+) (.*)$')
  return { version = tonumber(version), json = json }
end

-- Versions are unique among all queues and limits. A queue that is deleted and created again gets a later one.
local function register(key, name, counter, json)
  local version = redis.call('INCR', counter)
  redis.call('HSET', key, name, version .. ' ' .. json)
  return version
end

-- Returns the version of a queue's settings: 0 for `default` without settings, -1 for a queue that does not exist.
local function version_of_queue(queues, name)
  local queue = read_registered(queues, name)
  if queue then return queue.version end
  return name == DEFAULT_QUEUE and 0 or -1
end
