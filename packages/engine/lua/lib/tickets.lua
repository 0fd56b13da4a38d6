-- A batch has as many tickets as both concurrencies allow. A batch concurrency of 0 means none of its own. Returns whether
-- the number has changed.
local function set_tickets(meta)
  local fields = redis.call('HMGET', meta, 'concurrency', 'queue_concurrency', 'tickets')
  local concurrency, tickets = tonumber(fields[1]), tonumber(fields[2])
  if concurrency > 0 then tickets = math.min(concurrency, tickets) end
  redis.call('HSET', meta, 'tickets', tickets)
  return tickets ~= tonumber(fields[3])
end
