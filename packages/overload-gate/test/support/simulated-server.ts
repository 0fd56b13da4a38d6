import type { GateOptions } from '../../src/index.ts'
import { Gate } from '../../src/gate.ts'
import { readSettings } from '../../src/read-settings.ts'
import type { ShedReason } from '../../src/visit.ts'
import { Visit } from '../../src/visit.ts'
import { StandingLoop } from './standing-loop.ts'

/** Costs in ms, measured on an ordinary machine, where they add up to about 300 requests a second. */
const COST_MS = { tick: 0.01, accept: 0.12, parse: 0.08, answer: 0.08, compute: 1.5, wait: 5 }

/** Connections the kernel holds until they are accepted. */
const BACKLOG = 511

/** When a client whose connection did not fit into the backlog retries. */
const FIRST_RETRY_MS = 1000

/** One request and its outcome, times in ms. */
export interface Simulated {
  at: number
  status?: 200 | 503
  latencyMs?: number
}

export interface Simulation {
  requests: Simulated[]
  /** The longest tick. */
  longestStallMs: number
}

/**
 * A server in virtual time, with the real code of the gate or without a gate. Its ticks are those of libuv: timers, then
 * reads and one new connection, then the tasks for the end of the tick. Its handlers compute, wait and compute. Other work on
 * the machine cannot disturb it.
 */
export class SimulatedServer {
  readonly #loop = new StandingLoop()
  readonly #gate: Gate | undefined
  readonly #arrivals: Simulated[]
  readonly #isNewEach: boolean
  readonly #backlog: Simulated[] = []
  #readable: Simulated[] = []
  #timers: { dueAt: number; task: () => void }[] = []
  #next = 0
  #longestStallMs = 0

  /** @param connections `new`: each request opens a connection of its own. */
  constructor(times: readonly number[], connections: 'kept' | 'new', options?: GateOptions) {
    this.#arrivals = times.map((at) => ({ at }))
    this.#isNewEach = connections === 'new'
    this.#gate = options && new Gate(this.#loop, readSettings(options))
  }

  run(): Simulation {
    while (this.#hasWork()) {
      if (!this.#isReady()) this.#sleep()
      const from = this.#loop.now()
      this.#tick()
      this.#longestStallMs = Math.max(this.#longestStallMs, this.#loop.now() - from)
    }
    return { requests: this.#arrivals, longestStallMs: this.#longestStallMs }
  }

  #tick(): void {
    const due = this.#timers.filter(({ dueAt }) => dueAt <= this.#loop.now())
    this.#timers = this.#timers.filter((timer) => !due.includes(timer))
    for (const { task } of due) task()

    this.#arrive()
    const readable = this.#readable.splice(0)
    this.#accept()
    for (const request of readable) this.#read(request)
    this.#loop.tick(COST_MS.tick)
  }

  #arrive(): void {
    for (
      let next = this.#arrivals[this.#next];
      next && next.at <= this.#loop.now();
      next = this.#arrivals[this.#next]
    ) {
      this.#next += 1
      if (this.#isNewEach) this.#knock(next)
      else this.#readable.push(next)
    }
  }

  #knock(request: Simulated, retryMs = FIRST_RETRY_MS): void {
    if (this.#backlog.length < BACKLOG) this.#backlog.push(request)
    else this.#timers.push({ dueAt: this.#loop.now() + retryMs, task: () => this.#knock(request, 2 * retryMs) })
  }

  #accept(): void {
    const accepted = this.#backlog.shift()
    if (accepted === undefined) return
    this.#loop.stall(COST_MS.accept)
    this.#gate?.noteConnection()
    this.#readable.push(accepted)
  }

  #read(request: Simulated): void {
    this.#loop.stall(COST_MS.parse)
    const visit = new SimulatedVisit(
      () => this.#handle(request, visit),
      () => this.#answer(request, 503),
    )
    if (this.#gate) this.#gate.arrive(visit)
    else visit.admit()
  }

  #handle(request: Simulated, visit: Visit): void {
    this.#loop.stall(COST_MS.compute)
    const finish = () => {
      this.#loop.stall(COST_MS.compute)
      this.#answer(request, 200)
      this.#gate?.leave(visit)
    }
    this.#timers.push({ dueAt: this.#loop.now() + COST_MS.wait, task: finish })
  }

  #answer(request: Simulated, status: 200 | 503): void {
    this.#loop.stall(COST_MS.answer)
    request.status = status
    request.latencyMs = this.#loop.now() - request.at
  }

  #hasWork(): boolean {
    return this.#next < this.#arrivals.length || this.#timers.length > 0 || this.#isReady()
  }

  #isReady(): boolean {
    return this.#readable.length > 0 || this.#backlog.length > 0 || this.#loop.isTickScheduled
  }

  #sleep(): void {
    const wakeAt = Math.min(...this.#timers.map(({ dueAt }) => dueAt), this.#arrivals[this.#next]?.at ?? Infinity)
    this.#loop.stall(Math.max(0, wakeAt - this.#loop.now()))
  }
}

class SimulatedVisit extends Visit {
  readonly bodyBytes = 0
  readonly #onAdmit: () => void
  readonly #onRefuse: () => void

  constructor(onAdmit: () => void, onRefuse: () => void) {
    super('normal')
    this.#onAdmit = onAdmit
    this.#onRefuse = onRefuse
  }

  isGone(): boolean {
    return false
  }

  admit(): void {
    this.#onAdmit()
  }

  refuse(_reason: ShedReason): void {
    this.#onRefuse()
  }
}
