import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError, NothingToRetryError } from '../errors.ts'
import { retryTasksScript, type RetryRequest } from '../scripts/retry-tasks.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch, BatchState } from '../model/batch.ts'
import { checkBatch } from './check-batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'

/** Which failed tasks to retry. */
export interface RetryFilter {
  /** Retries only tasks that failed with this class. Default: all failed tasks. */
  failureClass?: string | undefined
  /** Retries only these tasks. Default: all failed tasks. */
  seqs?: readonly number[] | undefined
}

/** Tasks that one script call retries: about 1 ms of Redis's time. */
const TASKS_PER_CALL = 250

/**
 * Retries failed tasks, starting again with their first attempt. A completed batch becomes active; an interrupted batch
 * stays interrupted until it is resumed. A task's recorded outcome stays readable until its next attempt is recorded.
 *
 * Throws `BatchNotFoundError`, `BatchStateError` for a cancelled batch, and `NothingToRetryError` if no failed task
 * matches.
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

/** Indexes a completed batch as active before the retry, so that the reconciler finds it if this process dies. */
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
        throw new BatchStateError(batchId, reply.state, 'The tasks of a cancelled batch cannot run again')
      retried += reply.count
      state = reply.state
      from = reply.next
    } while (from !== undefined)
  }
  return { retried, state }
}

/** Returns one request that walks the whole batch, or several that name the tasks in portions. */
function requests(failureClass: string | undefined, seqs: readonly number[] | undefined): RetryRequest[] {
  if (!seqs) return [{ failureClass, from: 0, seqs: [], maxTasks: TASKS_PER_CALL }]
  const portions: RetryRequest[] = []
  for (let first = 0; first < seqs.length; first += TASKS_PER_CALL) {
    const some = seqs.slice(first, first + TASKS_PER_CALL)
    portions.push({ failureClass, from: undefined, seqs: some, maxTasks: TASKS_PER_CALL })
  }
  return portions
}
