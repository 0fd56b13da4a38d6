-- A part of take-turns, whose variables it uses: the first turn of a run takes over what an earlier run held.

local function max_attempts_of(seq)
  local envelope = read_envelopes(meta, seq, seq)[1]
  -- Most envelopes do not contain it, and decoding a large envelope is expensive.
  if not string.find(envelope, '"maxAttempts"', 1, true) then return batch.max_attempts end
  -- cjson rejects some valid JSON: lone surrogates, and more than 1,000 levels.
  local is_decoded, task = pcall(cjson.decode, envelope)
  return is_decoded and tonumber(task.maxAttempts) or batch.max_attempts
end

local function fail_as_lost(seq)
  local attempt = attempts_of(seq)
  local outcome = {
    kind = 'failed',
    seq = seq,
    failure_class = 'worker_lost',
    group = 'worker_lost: the worker died while it ran the task',
    -- Without a duration: only the dead worker knew it.
    record = '{"attempt":' .. attempt .. ',"error":{"failureClass":"worker_lost",'
      .. '"message":"The worker died while it ran attempt ' .. attempt .. ', the last one this task had."}}',
  }
  settle_failure(outcome)
end

-- An earlier run died while it held these tasks. Any of them may have been running, so the attempt counts.
local function take_over(is_spent)
  for _, seq in ipairs(lease.seqs) do
    if not is_spent then
      release_task(seq)
    elseif batch.state ~= 'cancelled' and attempts_of(seq) >= max_attempts_of(seq) then
      fail_as_lost(seq)
    else
      if attempts_of(seq) == 1 then batch.retried = batch.retried + 1 end
      run_again_at(seq, 'pending', 0)
    end
  end
end
