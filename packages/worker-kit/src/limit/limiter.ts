import {
  acquirePermits,
  type Engine,
  type LimitRule,
  type PermitAnswer,
  type PermitReply,
  type Weights,
} from '@sluice/engine'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from '../handler.ts'
import { persistently } from '../persistently.ts'
import { Admissions } from './admissions.ts'
import { announce, HeldPermits } from './held-permits.ts'
import { LatePermits } from './late-permits.ts'
import type { LimitEvent, PermitEvent } from './limit-event.ts'
import type { HeldPermit, Permit, PermitDecision, PermitRequest, PermitWait } from './permit.ts'
import { PermitSettlements } from './permit-settlements.ts'
import { RedisClock } from './redis-clock.ts'

/** The look-ahead: what a process that dies has booked is lost, so it must not be long. */
const LOOK_AHEAD_US = 1_000_000

/** Tasks that one call to Redis asks for at most. */
const MAX_AT_ONCE = 256

/** Tasks under a missing limit wait this long and ask again, as the limit may be created. */
const MISSING_REST_MS = 5000

/** What all limiters of a process share. */
export interface LimiterScope {
  engine: Engine
  log: Logger
  observe: (event: LimitEvent) => void
}

/**
 * Acquires the permits of one limit for all tasks of a process. One call to Redis is under way at a time and asks for
 * all tasks that wait by then, first come, first served. After a refusal nothing is asked before the time that Redis named.
 *
 *     queued ──(permit booked)──► held ──(start time)──► granted
 *      ▲  │                       │ └──(start time missed)──► late ──(permit extended)──► granted
 *      │  └──► impossible         │                            │
 *      └──(limit paused)──────────┴──────(not extended)────────┘
 *
 * Aborting its signal drops a task from any state before `granted`. A permit that is not used is released. The start of a task
 * is announced up to 10 ms before it; a task that is queued again after that says so.
 */
export class Limiter {
  readonly name: string
  readonly settlements: PermitSettlements
  readonly admissions = new Admissions()
  readonly #scope: LimiterScope
  readonly #clock = new RedisClock()
  readonly #held: HeldPermits
  readonly #late: LatePermits
  #queue: PermitWait[] = []
  #isAsking = false
  #isMissing = false
  /** Rises with each change of the limit that this process was told of. */
  #changes = 0
  /** By performance.now(): nothing is asked before. */
  #refusedUntil = 0
  #timer: NodeJS.Timeout | undefined

  constructor(scope: LimiterScope, name: string) {
    const { engine, log } = scope
    this.name = name
    this.#scope = scope
    this.settlements = new PermitSettlements(engine, name, this.#clock, log)
    this.#held = new HeldPermits(this.#clock, (held) => this.#start(held))
    this.#late = new LatePermits(engine, name, { clock: this.#clock, log }, (held, permit) =>
      this.#startLate(held, permit),
    )
  }

  /**
   * Resolves at the moment the task may start, or once it is decided that it never may. Aborting the signal drops it. The
   * start is announced before it resolves.
   */
  async acquire(request: PermitRequest): Promise<PermitDecision> {
    const { promise, resolve } = Promise.withResolvers<PermitDecision>()
    const wait: PermitWait = { ...request, isStarting: false, askedAt: performance.now(), resolve }
    const onAbort = () => this.#abort(wait)
    wait.signal.addEventListener('abort', onAbort)
    this.#enqueue(wait)
    const decision = await promise
    wait.signal.removeEventListener('abort', onAbort)
    return decision
  }

  /** Applies a pause of the limit: releases permits that start before `untilUs`, and asks for others. */
  pauseUntil(untilUs: number): void {
    for (const held of this.#held.takeBefore(untilUs)) this.#askAgain(held)
  }

  /** Asks at once, whatever time Redis named: the limit has changed since. */
  retry(): void {
    this.#changes += 1
    this.#refusedUntil = 0
    this.#askSoon()
  }

  #enqueue(wait: PermitWait): void {
    this.#queue.push(wait)
    this.#askSoon()
  }

  /** A wait that is asked for now, or whose permit is extended now, is dropped when the reply arrives. */
  #abort(wait: PermitWait): void {
    const place = this.#queue.indexOf(wait)
    if (place >= 0) {
      this.#queue.splice(place, 1)
      return this.#end(wait, { kind: 'dropped' })
    }
    const held = this.#held.take(wait)
    if (held) this.#drop(held)
  }

  /** Asks now, or when the time that Redis named has come. */
  #askSoon(): void {
    clearTimeout(this.#timer)
    const waitMs = this.#refusedUntil - performance.now()
    this.admissions.isClosed = waitMs > 0 && this.#queue.length > 0
    if (this.#isAsking || this.#queue.length === 0) return
    if (waitMs > 0) this.#timer = setTimeout(() => this.#askSoon(), waitMs)
    else void this.#askForAll()
  }

  async #askForAll(): Promise<void> {
    this.#isAsking = true
    // Tasks that one call leased ask in the same tick, and so share the next call.
    await setImmediate()
    while (this.#queue.length > 0 && performance.now() >= this.#refusedUntil) {
      const waits = this.#queue.splice(0, MAX_AT_ONCE).filter((wait) => !this.#isDropped(wait))
      if (waits.length > 0) await this.#askFor(waits)
    }
    this.#isAsking = false
    this.#askSoon()
  }

  #isDropped(wait: PermitWait): boolean {
    if (wait.signal.aborted) this.#end(wait, { kind: 'dropped' })
    return wait.signal.aborted
  }

  async #askFor(waits: PermitWait[]): Promise<void> {
    const { log } = this.#scope
    const weights = waits.map((wait) => wait.weights)
    const changes = this.#changes
    const reply = await persistently(`asking for permits of limit ${this.name}`, log, () => this.#ask(weights))
    this.#warnOfMissing(reply)
    // The signal of a change may overtake a reply from before the change. The time in that reply means nothing now.
    const hasChanged = changes !== this.#changes
    if (reply.kind === 'missing') return this.#refuse(waits, hasChanged ? 0 : MISSING_REST_MS)
    const refused = waits.filter((wait, i) => !this.#answer(wait, reply, reply.answers[i]))
    this.#learn(reply)
    if (refused.length > 0) this.#refuse(refused, hasChanged ? 0 : restMsOf(reply))
  }

  /**
   * Puts tasks back to the front of the queue, in their order. Those that were dropped while Redis was asked must end now:
   * their signals have fired, and the next call may be two minutes away.
   */
  #refuse(waits: PermitWait[], restMs: number): void {
    for (const wait of waits) this.#observe(wait, 'refused')
    this.#queue.unshift(...waits.filter((wait) => !this.#isDropped(wait)))
    this.#refusedUntil = performance.now() + spread(restMs)
  }

  #learn({ nowUs, answers }: PermitReply & { kind: 'permits' }): void {
    const starts = answers.flatMap((answer) => (answer.kind === 'granted' ? [answer.startUs] : []))
    const refused = answers.filter(({ kind }) => kind === 'refused').length
    this.admissions.learn({ granted: starts.length, refused, lastStartsInUs: Math.max(nowUs, ...starts) - nowUs })
  }

  async #ask(weights: Weights[]): Promise<PermitReply> {
    const { engine, observe } = this.#scope
    const sentAt = performance.now()
    const request = { lookAheadUs: LOOK_AHEAD_US, leadUs: this.#clock.leadUs, weights }
    const reply = await acquirePermits(engine, this.name, request)
    const receivedAt = performance.now()
    if (reply.kind === 'permits') this.#clock.learn(sentAt, receivedAt, reply.nowUs)
    observe({ kind: 'ask', limit: this.name, durationMs: receivedAt - sentAt })
    return reply
  }

  #warnOfMissing({ kind }: PermitReply): void {
    const isMissing = kind === 'missing'
    if (isMissing && !this.#isMissing) {
      this.#scope.log.warn(
        { limit: this.name },
        'a queue refers to a missing limit; its tasks wait until the limit exists',
      )
    }
    this.#isMissing = isMissing
  }

  /** Returns false for a task that was refused. */
  #answer(wait: PermitWait, reply: PermitReply & { kind: 'permits' }, answer: PermitAnswer | undefined): boolean {
    if (answer?.kind === 'granted') this.#grant({ wait, permit: permitOf(wait, answer, reply) })
    if (answer?.kind === 'impossible') {
      this.#end(wait, { kind: 'impossible', reason: this.#explain(wait.weights, answer.rule) })
    }
    return answer !== undefined && answer.kind !== 'refused'
  }

  #grant(held: HeldPermit): void {
    if (held.wait.signal.aborted) this.#drop(held)
    else this.#held.hold(held)
  }

  #explain(weights: Weights, { unit, max, perMs }: LimitRule): string {
    return `The task weighs ${weights[unit]} ${unit}, but limit "${this.name}" allows at most ${max} per ${perMs} ms.`
  }

  #start(held: HeldPermit): void {
    const { wait, permit } = held
    if (wait.signal.aborted) return this.#drop(held)
    if (this.#clock.latestUs() - permit.startUs <= permit.maxLateUs) return this.#end(wait, { kind: 'granted', permit })
    this.#observe(wait, 'late')
    this.#late.add(held)
  }

  #startLate(held: HeldPermit, permit: Permit | undefined): void {
    if (permit) this.#start({ ...held, permit })
    else this.#askAgain(held)
  }

  #drop({ wait, permit }: HeldPermit): void {
    this.settlements.release(permit)
    this.#end(wait, { kind: 'dropped' })
  }

  #askAgain({ wait, permit }: HeldPermit): void {
    this.settlements.release(permit)
    if (this.#isDropped(wait)) return
    if (wait.isStarting) announce(wait, false)
    this.#enqueue(wait)
  }

  #end(wait: PermitWait, decision: PermitDecision): void {
    this.#observe(wait, decision.kind)
    this.admissions.leave()
    wait.resolve(decision)
  }

  #observe({ askedAt }: PermitWait, decision: PermitEvent['decision']): void {
    this.#scope.observe({ kind: 'permit', limit: this.name, decision, durationMs: performance.now() - askedAt })
  }
}

/** When the first refused task should ask again, in ms. */
function restMsOf({ answers }: PermitReply & { kind: 'permits' }): number {
  const rests = answers.flatMap((answer) => (answer.kind === 'refused' ? [answer.restUs] : []))
  return Math.ceil(Math.min(...rests) / 1000)
}

/** The longest rest there is. All processes beyond it get the same one, and must not all ask again at once. */
const LONGEST_REST_MS = 120_000

/** A shorter rest is the place of this process in the line: asking earlier would lose it. */
function spread(restMs: number): number {
  return restMs < LONGEST_REST_MS ? restMs : restMs * (2 / 3 + Math.random() / 3)
}

function permitOf(
  { weights }: PermitWait,
  { startUs, isProbe }: PermitAnswer & { kind: 'granted' },
  { epoch, guardUs }: PermitReply & { kind: 'permits' },
): Permit {
  // The rest of the guard interval allows for the way to the upstream, which takes some calls longer than others.
  return { startUs, bookedUs: startUs, maxLateUs: guardUs / 4, weights, epoch, isProbe }
}
