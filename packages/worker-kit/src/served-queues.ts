import { listQueueNames, listQueuesInUse, serveTickets, type TicketService } from '@sluice/engine'
import { runTicket } from './ticket/run-ticket.ts'
import type { WorkerScope } from './worker-scope.ts'

/** Which queues a worker serves, and how. */
export interface ServedQueuesOptions {
  /** Names of queues, or `all` for every queue that exists. */
  queues: readonly string[] | 'all'
  /** Tickets of each queue that run at once. */
  concurrency: number
  onError: (error: unknown, what: string) => void
}

const REFRESH_EVERY_MS = 5000

/** A queue that has had no batch for this long is no longer served. Serving it again takes some milliseconds. */
const UNUSED_MS = 60_000

/** Half of how long an announcement of free slots is kept, and less. */
const ANNOUNCE_EVERY_MS = 2000

/**
 * Runs the tickets of a worker's queues from `start` to `close`. Each queue that is served takes a connection, so only
 * queues in use are served.
 */
export class ServedQueues {
  readonly #scope: WorkerScope
  readonly #options: ServedQueuesOptions
  readonly #services = new Map<string, Promise<TicketService>>()
  /** When a queue that is served was last in use, by performance.now(). */
  readonly #usedAt = new Map<string, number>()
  readonly #timers: NodeJS.Timeout[] = []
  #isClosed = false

  constructor(scope: WorkerScope, options: ServedQueuesOptions) {
    this.#scope = scope
    this.#options = options
  }

  /** Resolves once the tickets of all queues in use are served. */
  async start(): Promise<void> {
    await this.refresh()
    this.#timers.push(
      setInterval(() => void this.refresh(), REFRESH_EVERY_MS),
      setInterval(() => void this.announceIdle(), ANNOUNCE_EVERY_MS),
    )
  }

  /** Compares the queues in use with those that are served. A queue that cannot be served is retried next time. */
  async refresh(): Promise<void> {
    const { queues } = this.#options
    try {
      const inUse = await listQueuesInUse(this.#scope.engine)
      if (this.#isClosed) return
      for (const name of inUse) {
        if (queues !== 'all' && !queues.includes(name)) continue
        this.#usedAt.set(name, performance.now())
        if (!this.#services.has(name)) this.#serve(name)
      }
      await Promise.all([...this.#services.values(), this.#leaveUnused()])
    } catch (error) {
      this.#scope.log.warn({ err: error }, 'could not serve all queues; retrying')
    }
  }

  /** Announces the queues of which this worker has free slots. A lost announcement is repeated soon. */
  async announceIdle(): Promise<void> {
    const announcing = [...this.#services].map(async ([name, service]) => {
      const { held } = await service
      await this.#scope.demand.announceIdle(name, { slots: this.#options.concurrency, held })
    })
    await Promise.all(announcing).catch(() => {})
  }

  /** Starts no further ticket, and resolves once the running tickets have ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    await Promise.all([...this.#services.keys()].map((name) => this.#leave(name)))
  }

  async #leaveUnused(): Promise<void> {
    const now = performance.now()
    const idle = [...this.#services.keys()].filter((name) => (this.#usedAt.get(name) ?? 0) < now - REFRESH_EVERY_MS)
    if (idle.length === 0) return
    const existing = await listQueueNames(this.#scope.engine)
    const isOver = (name: string) => !existing.includes(name) || (this.#usedAt.get(name) ?? 0) < now - UNUSED_MS
    await Promise.all(idle.filter(isOver).map((name) => this.#leave(name)))
  }

  #serve(name: string): void {
    const { concurrency, onError } = this.#options
    const starting = serveTickets(this.#scope.engine, name, {
      concurrency,
      workerId: this.#scope.workerId,
      runTicket: (run) => this.#scope.demand.count(name, () => runTicket(this.#scope, run)),
      onError,
    })
    this.#services.set(name, starting)
    starting.catch(() => this.#services.delete(name))
  }

  async #leave(name: string): Promise<void> {
    const service = this.#services.get(name)
    this.#services.delete(name)
    this.#usedAt.delete(name)
    await (await service)?.close()
  }
}
