-- A string with one byte a task, read a page at a time and written back in runs of neighbours.
local function open_byte_string(key)
  local pages, changes = {}, {}
  local self = {}

  function self.get(seq)
    if changes[seq] then return changes[seq] end
    local page = math.floor(seq / 128)
    pages[page] = pages[page] or redis.call('GETRANGE', key, page * 128, page * 128 + 127)
    local at = seq - page * 128 + 1
    return string.sub(pages[page], at, at)
  end

  function self.set(seq, byte)
    changes[seq] = byte
  end

  function self.flush()
    local seqs = {}
    for seq in pairs(changes) do seqs[#seqs + 1] = seq end
    table.sort(seqs)
    local at = 1
    while at <= #seqs do
      local first, run = seqs[at], {}
      while seqs[at] == first + #run do
        run[#run + 1] = changes[seqs[at]]
        at = at + 1
      end
      redis.call('SETRANGE', key, first, table.concat(run))
    end
  end

  return self
end
