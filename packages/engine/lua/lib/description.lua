-- A description says what the indexes list of a batch. It follows from the batch's own fields alone. Each one has an
-- edition that rises, so that the indexes refuse a description that is older than the one they show, in whatever order
-- descriptions reach them.
--
-- A batch uses its queue while a task of it may run, or is about to be retried. It is unsettled while the reconciler has
-- to visit it: while it uses its queue, and while it is being deleted.
local function describe(meta)
  local fields = redis.call('HMGET', meta, 'state', 'created_at', 'finished_at', 'queue', 'queue_version', 'pending',
    'delayed', 'running', 'deleting', 'reopening', 'removing', 'tenant', 'total', 'bytes')
  local state, deleting, reopening, removing = fields[1], fields[9], fields[10], fields[11]
  if not state then return nil end
  local open_tasks = tonumber(fields[6]) + tonumber(fields[7]) + tonumber(fields[8])
  local is_open = state == 'active' or state == 'interrupted' or open_tasks > 0
  local uses_queue = not deleting and (is_open or reopening)
  local is_unsettled = uses_queue or deleting or removing
  local edition = redis.call('HINCRBY', meta, 'edition', 1)
  return edition, state, fields[2], fields[3] or '0', fields[12], fields[13] or '0', fields[14] or '0', fields[4],
    fields[5] or '0', is_unsettled and 1 or 0, uses_queue and 1 or 0
end
