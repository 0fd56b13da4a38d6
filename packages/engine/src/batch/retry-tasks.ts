import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError, NothingToRetryError, QueueMissingError } from '../errors.ts'
import { retryTasksScript, type RetryRequest as RetryStep } from '../scripts/retry-tasks.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch } from '../model/batch.ts'
import { checkBatch } from './check-batch.ts'
import { holdBatch } from './hold-batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'
import { reportTransition } from './report-transition.ts'

/** Which failed tasks to retry. */
export interface RetryFilter {
  /** Retries only tasks that failed with this class. Default: all failed tasks. */
  failureClass?: string | undefined
  /** Retries only these tasks. Default: all failed tasks. */
  seqs?: readonly number[] | undefined
}

/** A step that does not know its hold yet. */
type RetryRequest = Omit<RetryStep, 'hold'>

/** Tasks that one script call retries: about 1 ms of Redis's time. */
const TASKS_PER_CALL = 250

/**
 * Retries failed tasks, starting again with their first attempt. A completed batch becomes active; an interrupted batch
 * stays interrupted until it is resumed. A task's recorded outcome stays readable until its next attempt is recorded.
 *
 * Throws `BatchNotFoundError`, `BatchStateError` for a cancelled batch, `QueueMissingError` for a completed batch whose
 * queue was deleted, and `NothingToRetryError` if no failed task matches.
 */
export async function retryTasks(
  engine: Engine,
  batchId: string,
  { failureClass, seqs }: RetryFilter = {},
): Promise<{ batch: Batch; retried: number }> {
  const retry = new Retry(engine, batchId)
  try {
    for (const request of requests(failureClass, seqs)) await retry.run(request)
  } finally {
    await retry.end()
  }
  if (retry.retried === 0) throw new NothingToRetryError(batchId, { failureClass, seqs })
  await checkBatch(engine, batchId)
  await issueTickets(engine, batchId)
  return { batch: await readBatch(engine, batchId), retried: retry.retried }
}

/**
 * The steps of one retry. A step that finds the batch completed first announces that it becomes active again. The
 * reconciler then finds the batch if this process dies, and the queue of the batch cannot be deleted meanwhile.
 */
class Retry {
  readonly #engine: Engine
  readonly #batchId: string
  #hold = ''
  retried = 0

  constructor(engine: Engine, batchId: string) {
    this.#engine = engine
    this.#batchId = batchId
  }

  /** Takes as many steps as the request needs. */
  async run({ from, ...request }: RetryRequest): Promise<void> {
    let next = from
    do {
      const reply = await this.#step({ ...request, from: next })
      this.retried += reply.count
      next = reply.next
    } while (next !== undefined)
  }

  /** Ends the hold, if it has not ended by itself, and has the batch indexed. */
  async end(): Promise<void> {
    await indexBatch(this.#engine, this.#batchId, { release: this.#hold })
  }

  async #step(request: RetryRequest): Promise<{ count: number; next: number | undefined }> {
    const { redis, keys } = this.#engine
    for (;;) {
      const reply = await retryTasksScript.run(redis, keys.batch(this.#batchId), { ...request, hold: this.#hold })
      switch (reply.kind) {
        case 'retried':
          reportTransition(this.#engine, this.#batchId, reply.transition)
          return reply
        case 'missing':
          throw new BatchNotFoundError(this.#batchId)
        case 'wrong_state':
          throw new BatchStateError(this.#batchId, reply.state, 'The tasks of a cancelled batch cannot run again')
        case 'unheld':
          await this.#announce()
      }
    }
  }

  async #announce(): Promise<void> {
    const reply = await holdBatch(this.#engine, this.#batchId, 'reopening')
    // In any other case the next step decides.
    if (reply.kind !== 'held') return
    this.#hold = reply.hold
    if (!reply.hasQueue) throw new QueueMissingError(reply.queue, this.#batchId)
  }
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
