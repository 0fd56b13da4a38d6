import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError, NothingToRetryError } from '../errors.ts'
import { retryTasksScript, type RetryRequest } from '../scripts/retry-tasks.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch, BatchState } from '../model/batch.ts'
import { checkBatch } from './check-batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

export interface RetryFilter {
  /** Only tasks that failed so. Default: all failed tasks. */
  failureClass?: string | undefined
  /** Only these tasks. Default: all failed tasks. */
  seqs?: readonly number[] | undefined
}

/** Tasks that one script call retries: about 1 ms of Redis's time. */
const TASKS_PER_CALL = 250

/**
 * Gives failed tasks another chance, from their first attempt on. A completed batch is active again by it; an
 * interrupted one stays interrupted until it is resumed. What was recorded of a task stays readable until its next
 * attempt is recorded.
 *
 * Throws `BatchNotFoundError`, `BatchStateError` for a cancelled batch, `NothingToRetryError` when no failed task fits.
 */
export async function retryTasks(
  engine: Engine,
  batchId: string,
  { failureClass, seqs }: RetryFilter = {},
): Promise<{ batch: Batch; retried: number }> {
  await announceReopening(engine, batchId)
  const { retried, state } = await retryAll(engine, batchId, failureClass, seqs)
  await indexBatch(engine, batchId, state)
  if (retried === 0) throw new NothingToRetryError(batchId, { failureClass, seqs })
  await checkBatch(engine, batchId)
  await issueTickets(engine, batchId)
  return { batch: await readBatch(engine, batchId), retried }
}

/** If this process dies after the batch has become active again, the reconciler must find it where it looks. */
async function announceReopening({ redis, keys }: Engine, batchId: string): Promise<void> {
  const [state, createdAt] = await redis.hmget(keys.batch(batchId).meta, 'state', 'created_at')
  if (state === 'completed' && createdAt) await redis.zadd(keys.batchesInState('active'), createdAt, batchId)
}

async function retryAll(
  engine: Engine,
  batchId: string,
  failureClass: string | undefined,
  seqs: readonly number[] | undefined,
): Promise<{ retried: number; state: BatchState }> {
  let retried = 0
  let state: BatchState = 'active'
  for (const request of requests(failureClass, seqs)) {
    let from = request.from
    do {
      const reply = await retryTasksScript.run(engine.redis, engine.keys.batch(batchId), { ...request, from })
      if (reply.kind === 'missing') throw new BatchNotFoundError(batchId)
      if (reply.kind === 'wrong_state')
        throw new BatchStateError(batchId, reply.state, 'none of its tasks can run again')
      retried += reply.count
      state = reply.state
      from = reply.next
    } while (from !== undefined)
  }
  return { retried, state }
}

/** One walk over the whole batch, or the tasks named in portions. */
function requests(failureClass: string | undefined, seqs: readonly number[] | undefined): RetryRequest[] {
  if (!seqs) return [{ failureClass, from: 0, seqs: [], maxTasks: TASKS_PER_CALL }]
  const portions: RetryRequest[] = []
  for (let first = 0; first < seqs.length; first += TASKS_PER_CALL) {
    const some = seqs.slice(first, first + TASKS_PER_CALL)
    portions.push({ failureClass, from: undefined, seqs: some, maxTasks: TASKS_PER_CALL })
  }
  return portions
}
