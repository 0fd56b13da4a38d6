import { announceIdleWorker, readSlotDemand, type Engine, type SlotDemand } from '@sluice/engine'

/** All tickets of a process share one answer for this long, instead of each asking for itself. */
const MAX_AGE_MS = 50

/** A worker that runs this many tickets more than an idle one hands one over. */
const IMBALANCE = 2

interface Answer {
  askedAt: number
  demand: Promise<SlotDemand>
}

/** Counts the running tickets of each queue in this process, and tells which of them should give their slot up. */
export class SlotDemands {
  readonly #engine: Engine
  readonly #answers = new Map<string, Answer>()
  readonly #running = new Map<string, number>()
  /** Starts under a limit for which no ticket has given way yet, by queue. */
  readonly #starts = new Map<string, number>()

  constructor(engine: Engine) {
    this.#engine = engine
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

  /** Whether a running ticket should give its slot up. As many get a yes as slots are wanted. */
  async isWanted(queue: string): Promise<boolean> {
    const demand = await this.#demandOf(queue)
    if (demand.isPaused) return true
    if (demand.waiting > 0) {
      demand.waiting -= 1
      return true
    }
    if (demand.idleWorkerRuns === null || this.running(queue) < demand.idleWorkerRuns + IMBALANCE) return false
    demand.idleWorkerRuns += 1
    return true
  }

  /** Counts a start of a task under a limit. */
  countStart(queue: string): void {
    this.#starts.set(queue, (this.#starts.get(queue) ?? 0) + 1)
  }

  /**
   * Whether a ticket that waits for a limit should give its slot up: at most one for each start. More would only move
   * tickets around, since the limit bounds how many can start.
   */
  async isWantedFromWaiting(queue: string): Promise<boolean> {
    const { isPaused } = await this.#demandOf(queue)
    if (isPaused) return true
    const starts = this.#starts.get(queue) ?? 0
    if (starts === 0 || !(await this.isWanted(queue))) return false
    this.#starts.set(queue, Math.max(0, (this.#starts.get(queue) ?? 0) - 1))
    return true
  }

  /** Announces that this worker has free slots of a queue, if it has. */
  async announceIdle(queue: string, slots: number): Promise<void> {
    const running = this.running(queue)
    if (running < slots) await announceIdleWorker(this.#engine, queue, running)
  }

  async #demandOf(queue: string): Promise<SlotDemand> {
    const cached = this.#answers.get(queue)
    if (cached && performance.now() - cached.askedAt < MAX_AGE_MS) return await cached.demand
    // Without an answer slots count as wanted: giving one up in vain costs little, keeping it would starve others.
    const demand = readSlotDemand(this.#engine, queue).catch(() => ({
      isPaused: true,
      waiting: 0,
      idleWorkerRuns: null,
    }))
    this.#answers.set(queue, { askedAt: performance.now(), demand })
    return await demand
  }
}
