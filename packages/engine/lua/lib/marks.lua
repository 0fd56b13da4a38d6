-- Moments that explain changes in a series, newest first: `<kind> <ms>`. Interruptions are listed apart.
local MAX_MARKS, SAME_MARK_MS = 100, 10000

-- What takes several calls, or is repeated within seconds, is one mark.
local function add_mark(marks, kind, now)
  local last_kind, last_at = string.match(redis.call('LINDEX', marks, 0) or '', '^(%l+) (%d+)$')
  if last_kind == kind and now - last_at < SAME_MARK_MS then return end
  redis.call('LPUSH', marks, kind .. ' ' .. string.format('%.0f', now))
  redis.call('LTRIM', marks, 0, MAX_MARKS - 1)
end
