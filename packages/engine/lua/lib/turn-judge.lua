-- A part of take-turns, whose variables it uses: the criteria judge each outcome when it is settled.

-- The first outcome that meets a criterion stops the batch; later outcomes of the turn are still recorded. The last
-- task of a batch, and tasks that complete with it, never stop the batch: the batch completes instead.
local function judge(outcome)
  if batch.state ~= 'active' or is_finished(batch, batch.sealed == 1) then return end
  local cause = find_trip(batch, criteria, now, outcome)
  if cause then interrupt(meta, interruptions, signals, batch, now, cause) end
end

-- Completions only lower the error rate, so it is judged where it is highest: at the completion that fills the sample.
local function judge_completed(count, slowest)
  local missing = (criteria.min_sample or DEFAULT_MIN_SAMPLE) - batch.counted_finished
  local part = math.max(1, math.min(missing, count))
  batch.counted_finished = batch.counted_finished + part
  judge(slowest)
  batch.counted_finished = batch.counted_finished + count - part
end
