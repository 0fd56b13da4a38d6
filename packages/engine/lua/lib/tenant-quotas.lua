-- What the quotas of a tenant bound, in the order in which they are compared.
local TENANT_QUOTAS = { 'maxActiveBatches', 'maxTasks', 'maxBytes' }

local function usage_of(indexes, tenant)
  local held = redis.call('HMGET', indexes.usage, tenant .. '/tasks', tenant .. '/bytes')
  local active = redis.call('ZCARD', index_of(indexes, tenant, 'active'))
  return {
    maxActiveBatches = active + redis.call('ZCARD', index_of(indexes, tenant, 'interrupted')),
    maxTasks = tonumber(held[1] or 0),
    maxBytes = tonumber(held[2] or 0),
  }
end

-- Returns the first quota of its tenant that a batch would exceed once it is listed, with what is used and allowed; nil:
-- none.
local function find_reached(indexes, quotas, batch)
  local json = redis.call('HGET', quotas, batch.tenant)
  if not json then return nil end
  local allowed, used = cjson.decode(json), usage_of(indexes, batch.tenant)
  local added = {
    maxActiveBatches = batch.state == 'active' and 1 or 0,
    maxTasks = tonumber(batch.tasks),
    maxBytes = tonumber(batch.bytes),
  }
  for _, name in ipairs(TENANT_QUOTAS) do
    local max = allowed[name]
    if max and used[name] + added[name] > max and added[name] > 0 then return { name, used[name], max } end
  end
  return nil
end
