-- A batch stores the types of its tasks as a text with one type in each line. A worker sends those of its handlers the same
-- way. A type contains no line break.
-- Whether a worker with these handlers can run every task of a batch.
local function handles_all(handlers, types)
  local lines = '\n' .. handlers .. '\n'
  for line in string.gmatch(types, '[^\n]+') do
    if not string.find(lines, '\n' .. line .. '\n', 1, true) then return false end
  end
  return true
end
