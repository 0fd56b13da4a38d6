import { announceIdleWorker, readSlotDemand, type AnnouncedWorker, type Engine, type SlotDemand } from '@sluice/engine'

/** All tickets of a process share one answer for this long, instead of each asking for itself. */
const MAX_AGE_MS = 50

/** A worker that runs this many tickets more than an idle one hands one over. */
const IMBALANCE = 2

/** What wants slots, and how many tickets this worker ran then. A ticket that gives way is subtracted at once. */
interface CountedDemand extends SlotDemand {
  running: number
}

interface Answer {
  askedAt: number
  demand: Promise<CountedDemand>
}

/** Counts the running tickets of each queue in this process, and tells which of them should give their slot up. */
export class SlotDemands {
  readonly #engine: Engine
  readonly #types: readonly string[]
  readonly #answers = new Map<string, Answer>()
  readonly #running = new Map<string, number>()
  /**
   * How many tickets this worker ran when it first read the last announcement for each queue. Until the next one, the same
   * announcement is read again and again: the tickets that have left since run on the idle worker.
   */
  readonly #announced = new Map<string, { announcement: string; running: number }>()
  /** Queues in which a task has started under a limit since a waiting ticket last gave way. */
  readonly #started = new Set<string>()

  /** @param types the types that this worker handles. */
  constructor(engine: Engine, types: readonly string[]) {
    this.#engine = engine
    this.#types = types
  }

  /** Counts a ticket of a queue while it runs. */
  async count<T>(queue: string, run: () => Promise<T>): Promise<T> {
    this.#running.set(queue, this.running(queue) + 1)
    try {
      return await run()
    } finally {
      this.#running.set(queue, this.running(queue) - 1)
    }
  }

  running(queue: string): number {
    return this.#running.get(queue) ?? 0
  }

  /** The running tickets by queue. Queues without any are left out. */
  runningByQueue(): Record<string, number> {
    return Object.fromEntries([...this.#running].filter(([, count]) => count > 0))
  }

  /**
   * Whether a running ticket of a batch with tasks of these types should give its slot up. As many get a yes as slots are
   * wanted.
   */
  async isWanted(queue: string, types: readonly string[]): Promise<boolean> {
    const demand = await this.#demandOf(queue)
    if (demand.isPaused) return true
    if (demand.waiting > 0) {
      demand.waiting -= 1
      return true
    }
    const { idleWorker } = demand
    if (idleWorker === null || demand.running < idleWorker.runs + IMBALANCE) return false
    // It would only pass the ticket on.
    if (!types.every((type) => idleWorker.types.includes(type))) return false
    idleWorker.runs += 1
    demand.running -= 1
    return true
  }

  /** Notes that a task has started under a limit. */
  noteStart(queue: string): void {
    this.#started.add(queue)
  }

  /**
   * Whether a ticket should give its slot up while its limit is scarce: at most one between two starts, and only to
   * another ticket. More would only move tickets around, since the limit bounds how many tasks start on all workers.
   * Starts must not add up while nothing wants a slot: thousands of tickets would later move at once.
   */
  async isWantedUnderLimit(queue: string): Promise<boolean> {
    const demand = await this.#demandOf(queue)
    if (demand.isPaused) return true
    if (demand.waiting === 0 || !this.#started.delete(queue)) return false
    demand.waiting -= 1
    return true
  }

  /**
   * Announces that this worker has free slots of a queue, if it has. Tickets that it has taken and does not run yet count:
   * when they did not, a worker that was about to fill its slots had all tickets of busy workers move.
   */
  async announceIdle(queue: string, { slots, held }: { slots: number; held: number }): Promise<void> {
    if (held < slots) await announceIdleWorker(this.#engine, queue, { runs: held, types: this.#types })
  }

  async #demandOf(queue: string): Promise<CountedDemand> {
    const cached = this.#answers.get(queue)
    if (cached && performance.now() - cached.askedAt < MAX_AGE_MS) return await cached.demand
    const demand = this.#readDemand(queue)
    this.#answers.set(queue, { askedAt: performance.now(), demand })
    return await demand
  }

  async #readDemand(queue: string): Promise<CountedDemand> {
    // Without an answer slots count as wanted: giving one up in vain costs little, keeping it would starve others.
    const unknown = { isPaused: true, waiting: 0, idleWorker: null }
    const demand = await readSlotDemand(this.#engine, queue).catch(() => unknown)
    const running = this.running(queue)
    const { idleWorker } = demand
    if (idleWorker) idleWorker.runs += Math.max(0, this.#runningWhenAnnounced(queue, idleWorker) - running)
    return { ...demand, running }
  }

  #runningWhenAnnounced(queue: string, { announcement }: AnnouncedWorker): number {
    const known = this.#announced.get(queue)
    if (known?.announcement === announcement) return known.running
    const running = this.running(queue)
    this.#announced.set(queue, { announcement, running })
    return running
  }
}
