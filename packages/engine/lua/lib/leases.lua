-- A lease is the text "<run> <turn> <since> <tasks>": which run of a ticket holds which tasks, and since when. Tasks
-- are listed as contiguous ranges in the order they run, as in "7 128-255". A lease without tasks stays as a fence: it
-- still names the last run of the ticket. A worker that takes its tasks without a wait starts one at once, and the others
-- after it. One whose task waits for a permit says when it starts: the lease ends with "reserved" until then, and with
-- "started <time>" from then on.
local function parse_lease(text)
  local run, turn, since, tasks, mark = string.match(text, '^(%S+) (%d+) (%d+)([%d %-]*)(%a*)')
  local lease = { run = run, turn = tonumber(turn), since = tonumber(since), seqs = {} }
  for first, last in string.gmatch(tasks, '(%d+)%-?(%d*)') do
    for seq = tonumber(first), tonumber(last) or tonumber(first) do lease.seqs[#lease.seqs + 1] = seq end
  end
  lease.has_mark = mark ~= ''
  lease.has_started = #lease.seqs > 0 and mark ~= 'reserved'
  return lease
end

local function format_lease(lease)
  local fields = { lease.run, lease.turn, string.format('%.0f', lease.since) }
  local seqs, at = lease.seqs, 1
  while at <= #seqs do
    local first = at
    while seqs[at + 1] == seqs[at] + 1 do at = at + 1 end
    fields[#fields + 1] = first == at and seqs[at] or seqs[first] .. '-' .. seqs[at]
    at = at + 1
  end
  if lease.is_reserved and #seqs > 0 then fields[#fields + 1] = 'reserved' end
  return table.concat(fields, ' ')
end

-- Returns the tickets that hold tasks now.
local function tickets_with_tasks(key)
  local fields, tickets = redis.call('HGETALL', key), {}
  for i = 1, #fields, 2 do
    if string.find(fields[i + 1], '^%S+ %d+ %d+ %d') then tickets[#tickets + 1] = fields[i] end
  end
  return tickets
end

-- A run is "<epoch>.<number>", and both parts only rise: the later of two runs of a ticket is greater.
local function is_newer_run(run, other)
  local epoch, number = string.match(run, '^(%d+)%.(%d+)$')
  local other_epoch, other_number = string.match(other, '^(%d+)%.(%d+)$')
  if epoch ~= other_epoch then return tonumber(epoch) > tonumber(other_epoch) end
  return tonumber(number) > tonumber(other_number)
end
