local PAGE_TASKS = 128

local function page_of(seq)
  return math.floor(seq / PAGE_TASKS)
end

-- Scripts build only these keys: the caller does not know the page numbers, and pages share the batch's hash tag.
local function page_key(meta, kind, page)
  return string.sub(meta, 1, -5) .. kind .. ':' .. page
end

-- Returns the envelopes of tasks first .. last; the range may span several pages.
local function read_envelopes(meta, first, last)
  local envelopes = {}
  while first <= last do
    local page = page_of(first)
    local page_end = math.min(last, (page + 1) * PAGE_TASKS - 1)
    local from = first - page * PAGE_TASKS
    for _, envelope in ipairs(redis.call('LRANGE', page_key(meta, 'page', page), from, from + page_end - first)) do
      envelopes[#envelopes + 1] = envelope
    end
    first = page_end + 1
  end
  return envelopes
end
