import type { Engine } from '../engine.ts'
import { BatchNotFoundError, BatchStateError, NothingToRetryError, QueueMissingError } from '../errors.ts'
import { retryTasksScript, type RetryRequest as RetryStep } from '../scripts/retry-tasks.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { Batch } from '../model/batch.ts'
import { type FailedFilter, findFailed } from '../task/find-failed.ts'
import { STATE_OF_BYTE } from '../task/read-tasks.ts'
import { checkBatch } from './check-batch.ts'
import { holdBatch } from './hold-batch.ts'
import { indexBatch } from './index-batch.ts'
import { readBatch } from './read-batch.ts'
import { reportTransition } from './report-transition.ts'

const CANCELLED = 'The tasks of a cancelled batch cannot run again'

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
  filter: FailedFilter = {},
): Promise<{ batch: Batch; retried: number }> {
  const retry = new Retry(engine, batchId)
  try {
    for await (const request of requests(engine, batchId, filter)) await retry.run(request)
  } finally {
    await retry.end()
  }
  if (retry.retried === 0) throw new NothingToRetryError(batchId, filter)
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
          throw new BatchStateError(this.#batchId, reply.state, CANCELLED)
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

/**
 * Yields one request that walks the whole batch, or several that name the tasks in portions. Only this process can compute
 * the group of an error: it names the tasks, with what it has read of them.
 */
async function* requests(engine: Engine, batchId: string, filter: FailedFilter): AsyncGenerator<RetryRequest> {
  const { failureClass, group, seqs } = filter
  const ofClass = { failureClass, maxTasks: TASKS_PER_CALL, digests: [] }
  if (group !== undefined) {
    // The first one finds out whether the batch exists, and may be retried at all.
    yield { ...ofClass, from: undefined, seqs: [] }
    for await (const found of findFailed(engine, batchId, filter)) yield { ...ofClass, from: undefined, ...found }
  } else if (seqs === undefined) {
    yield { ...ofClass, from: 0, seqs: [] }
  } else {
    for (let first = 0; first < seqs.length; first += TASKS_PER_CALL) {
      yield { ...ofClass, from: undefined, seqs: seqs.slice(first, first + TASKS_PER_CALL) }
    }
  }
}

/**
 * Counts the failed tasks that a retry would run again now. Throws `BatchNotFoundError`, `BatchStateError` for a cancelled
 * batch, and `NothingToRetryError` if no failed task matches.
 */
export async function countRetries(
  engine: Engine,
  batchId: string,
  filter: FailedFilter = {},
): Promise<{ batch: Batch; retried: number }> {
  const batch = await readBatch(engine, batchId)
  if (batch.state === 'cancelled') throw new BatchStateError(batchId, batch.state, CANCELLED)
  const isAll = Object.values(filter).every((member) => member === undefined)
  let retried = isAll ? batch.counts.failed : 0
  if (!isAll) {
    for await (const { seqs } of findFailed(engine, batchId, filter))
      retried += await countFailed(engine, batchId, seqs)
  }
  if (retried === 0) throw new NothingToRetryError(batchId, filter)
  return { batch, retried }
}

/** Tasks that a request names may be in any state. */
async function countFailed({ redis, keys }: Engine, batchId: string, seqs: readonly number[]): Promise<number> {
  const { states } = keys.batch(batchId)
  const bytes = await Promise.all(seqs.map((seq) => redis.getrange(states, seq, seq)))
  return bytes.filter((byte) => STATE_OF_BYTE[byte] === 'failed').length
}
