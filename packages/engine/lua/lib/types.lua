-- A batch stores the types of its tasks as a text with one type in each line. A type contains no line break. Each turn
-- reads this text, so their number is bounded.
local MAX_TYPES = 100

-- Adds types that a chunk names to those of a batch, but for tasks that are skipped: the batch may hold others in their
-- place. Returns nil if there are too many.
local function add_types(types, named, own_type, skipped)
  local lines, known, count = {}, {}, 0
  local function add(line)
    if known[line] then return end
    known[line], count = true, count + 1
    lines[count] = line
  end
  for line in string.gmatch(types, '[^\n]+') do add(line) end
  for last, line in string.gmatch(named, '(%d+) ([^\n]*)') do
    if tonumber(last) >= skipped then add(line == '' and own_type or line) end
  end
  return count <= MAX_TYPES and table.concat(lines, '\n') or nil
end
