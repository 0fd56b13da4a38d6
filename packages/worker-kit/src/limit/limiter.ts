import {
  acquirePermits,
  type Costs,
  type Engine,
  type LimitRule,
  type PermitAnswer,
  type PermitReply,
} from '@sluice/engine'
import type { Logger } from '../handler.ts'
import { persistently } from '../persistently.ts'
import { HeldPermits } from './held-permits.ts'
import { LatePermits } from './late-permits.ts'
import type { LimitEvent, PermitEvent } from './limit-event.ts'
import type { HeldPermit, Permit, PermitOutcome, PermitWait } from './permit.ts'
import { PermitReturns } from './permit-returns.ts'
import { RedisClock } from './redis-clock.ts'

/** A slot further ahead is refused: what cannot start so soon shall hold no slot of the worker. */
const HORIZON_US = 1_000_000

/** Tasks asked for in one call to Redis. */
const MAX_AT_ONCE = 32

/** A limit that does not exist lets nothing through; it may come back. */
const MISSING_REST_MS = 5000

/** What a process needs to hold a limit. */
export interface LimiterScope {
  engine: Engine
  log: Logger
  observe: (event: LimitEvent) => void
}

/**
 * The one place in a process that asks for permits of a limit. One call to Redis is under way at a time and asks for all
 * that wait by then; first come, first served.
 */
export class Limiter {
  readonly name: string
  readonly returns: PermitReturns
  readonly #scope: LimiterScope
  readonly #clock = new RedisClock()
  readonly #held: HeldPermits
  readonly #late: LatePermits
  #queue: PermitWait[] = []
  #isAsking = false
  #isMissing = false

  constructor(scope: LimiterScope, name: string) {
    const { engine, log } = scope
    this.name = name
    this.#scope = scope
    this.returns = new PermitReturns(engine, name, this.#clock, log)
    this.#held = new HeldPermits(this.#clock, {
      onDue: (held) => this.#start(held),
      onDropped: (held) => this.#drop(held),
    })
    this.#late = new LatePermits(engine, name, { clock: this.#clock, log }, (held, permit) =>
      this.#startLate(held, permit),
    )
  }

  /** Resolves when the task may start, at once then, or when it may not. Aborting the signal drops the wait. */
  async acquire(costs: Costs, signal: AbortSignal): Promise<PermitOutcome> {
    return await new Promise((resolve) => this.#enqueue({ costs, signal, askedAt: performance.now(), resolve }))
  }

  /** The limit is paused: what was granted for an earlier time is given back, and asked for again. */
  pauseUntil(untilUs: number): void {
    for (const held of this.#held.takeBefore(untilUs)) this.#askAgain(held)
  }

  #enqueue(wait: PermitWait): void {
    this.#queue.push(wait)
    if (!this.#isAsking) void this.#askForAll()
  }

  async #askForAll(): Promise<void> {
    this.#isAsking = true
    while (this.#queue.length > 0) {
      const waits = this.#queue.splice(0, MAX_AT_ONCE).filter((wait) => !this.#isDropped(wait))
      if (waits.length > 0) await this.#askFor(waits)
    }
    this.#isAsking = false
  }

  #isDropped(wait: PermitWait): boolean {
    if (wait.signal.aborted) this.#end(wait, { outcome: 'dropped' })
    return wait.signal.aborted
  }

  async #askFor(waits: PermitWait[]): Promise<void> {
    const { log } = this.#scope
    const costs = waits.map((wait) => wait.costs)
    const reply = await persistently(`asking for permits of limit ${this.name}`, log, () => this.#ask(costs))
    this.#warnOfMissing(reply)
    for (const [i, wait] of waits.entries()) this.#answer(wait, reply, i)
  }

  async #ask(costs: Costs[]): Promise<PermitReply> {
    const { engine, observe } = this.#scope
    const sentAt = performance.now()
    const request = { horizonUs: HORIZON_US, leadUs: this.#clock.leadUs, costs }
    const reply = await acquirePermits(engine, this.name, request)
    const receivedAt = performance.now()
    if (reply.outcome === 'permits') this.#clock.learn(sentAt, receivedAt, reply.nowUs)
    observe({ kind: 'ask', limit: this.name, durationMs: receivedAt - sentAt })
    return reply
  }

  #warnOfMissing({ outcome }: PermitReply): void {
    const isMissing = outcome === 'none'
    if (isMissing && !this.#isMissing) {
      this.#scope.log.warn({ limit: this.name }, 'a queue is under a limit that does not exist: its tasks wait')
    }
    this.#isMissing = isMissing
  }

  #answer(wait: PermitWait, reply: PermitReply, i: number): void {
    if (reply.outcome === 'none') return this.#end(wait, { outcome: 'refused', restMs: MISSING_REST_MS })
    const answer = reply.answers[i]
    if (answer?.outcome === 'granted') return this.#held.hold({ wait, permit: permitOf(wait, answer, reply) })
    if (answer?.outcome === 'impossible') {
      return this.#end(wait, { outcome: 'impossible', reason: this.#explain(wait.costs, answer.rule) })
    }
    this.#end(wait, { outcome: 'refused', restMs: spread(Math.ceil((answer?.restUs ?? 0) / 1000)) })
  }

  #explain(costs: Costs, { unit, max, perMs }: LimitRule): string {
    return `The task needs ${costs[unit]} ${unit} at once, and limit "${this.name}" allows at most ${max} per ${perMs} ms.`
  }

  #start(held: HeldPermit): void {
    const { wait, permit } = held
    if (wait.signal.aborted) return this.#drop(held)
    if (this.#clock.latestUs() - permit.slotUs <= permit.maxLateUs)
      return this.#end(wait, { outcome: 'granted', permit })
    this.#observe(wait, 'late')
    this.#late.add(held)
  }

  #startLate(held: HeldPermit, permit: Permit | undefined): void {
    if (permit) this.#start({ ...held, permit })
    else this.#askAgain(held)
  }

  #drop({ wait, permit }: HeldPermit): void {
    this.returns.giveBack(permit)
    this.#end(wait, { outcome: 'dropped' })
  }

  #askAgain({ wait, permit }: HeldPermit): void {
    this.returns.giveBack(permit)
    this.#enqueue(wait)
  }

  #end(wait: PermitWait, outcome: PermitOutcome): void {
    this.#observe(wait, outcome.outcome)
    wait.resolve(outcome)
  }

  #observe({ askedAt }: PermitWait, outcome: PermitEvent['outcome']): void {
    this.#scope.observe({ kind: 'permit', limit: this.name, outcome, durationMs: performance.now() - askedAt })
  }
}

/** Rests from which on many are told the same: they must not all come back at once. */
const LONG_REST_MS = 5000

function spread(restMs: number): number {
  return restMs < LONG_REST_MS ? restMs : restMs * (2 / 3 + Math.random() / 3)
}

function permitOf(
  { costs }: PermitWait,
  { slotUs, isProbe }: PermitAnswer & { outcome: 'granted' },
  { epoch, guardUs }: PermitReply & { outcome: 'permits' },
): Permit {
  // The rest of the guard is for the way to the upstream, which takes one call longer than another.
  return { slotUs, bookedUs: slotUs, maxLateUs: guardUs / 4, costs, epoch, isProbe }
}
