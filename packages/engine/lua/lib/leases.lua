-- A lease is the text "<run> <turn> <since> <seq> <seq> ...": which run of a ticket holds which tasks, since when. One
-- without tasks stays as a fence: it still says which run had the ticket last.
local function read_lease(key, ticket)
  local text = redis.call('HGET', key, ticket)
  if not text then return nil end
  local run, turn, since, rest = string.match(text, '^(%S+) (%d+) (%d+)(.*)$')
  local lease = { run = run, turn = tonumber(turn), since = tonumber(since), seqs = {} }
  for seq in string.gmatch(rest, '%d+') do lease.seqs[#lease.seqs + 1] = tonumber(seq) end
  return lease
end

local function write_lease(key, ticket, lease)
  local fields = { lease.run, lease.turn, string.format('%.0f', lease.since) }
  for _, seq in ipairs(lease.seqs) do fields[#fields + 1] = seq end
  redis.call('HSET', key, ticket, table.concat(fields, ' '))
end

-- The tickets that hold tasks now.
local function tickets_with_tasks(key)
  local fields, tickets = redis.call('HGETALL', key), {}
  for i = 1, #fields, 2 do
    if string.find(fields[i + 1], '^%S+ %d+ %d+ %d') then tickets[#tickets + 1] = fields[i] end
  end
  return tickets
end

-- Runs are "<epoch>.<number>", both rising: whichever of two runs of a ticket began later is greater.
local function is_newer_run(run, other)
  local epoch, number = string.match(run, '^(%d+)%.(%d+)$')
  local other_epoch, other_number = string.match(other, '^(%d+)%.(%d+)$')
  if epoch ~= other_epoch then return tonumber(epoch) > tonumber(other_epoch) end
  return tonumber(number) > tonumber(other_number)
end
