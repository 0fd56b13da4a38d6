import type { Engine } from '../engine.ts'
import { issueTickets } from './issue-tickets.ts'

/**
 * Issues tickets that batches lack although tasks wait, after tickets of these batches have ended. A ticket's id is free
 * only once BullMQ has removed its job. A process that appended to the batch, resumed it or retried its tasks before that
 * found the id taken, so this looks once more. A ticket that a slow process added with an old epoch also took the id, and
 * its run was superseded.
 *
 * Plans tickets only if tasks wait: planning reads all leases, and doing so for every ticket that retires made the end of a
 * batch quadratic. Tickets that were lost with their tasks are left to the reconciler. Tickets of a batch that end in the
 * same tick share one look: at the end of a batch with thousands of tickets, a look for each took a tenth of the time of
 * the workers.
 */
export class TicketRestorer {
  readonly #engine: Engine
  readonly #onError: (error: unknown) => void
  readonly #batchIds = new Set<string>()

  constructor(engine: Engine, onError: (error: unknown) => void) {
    this.#engine = engine
    this.#onError = onError
  }

  /** Looks after a ticket of a batch, which has just ended. */
  noteEnd(batchId: string): void {
    if (this.#batchIds.size === 0) setImmediate(() => void this.pass())
    this.#batchIds.add(batchId)
  }

  /** Looks after all batches of which tickets have ended since the last pass. */
  async pass(): Promise<void> {
    const batchIds = [...this.#batchIds]
    this.#batchIds.clear()
    await Promise.all(batchIds.map((id) => restoreTickets(this.#engine, id))).catch(this.#onError)
  }
}

async function restoreTickets(engine: Engine, batchId: string): Promise<void> {
  const [pending, delayed] = await engine.redis.hmget(engine.keys.batch(batchId).meta, 'pending', 'delayed')
  if (Number(pending) + Number(delayed) > 0) await issueTickets(engine, batchId)
}
