import type { QueuedClass } from './gate-class.ts'
import { SHED_REASONS, type ShedReason, type Visit } from './visit.ts'
import { WaitRecorder } from './wait-histogram.ts'

/** The outcome of a request. Every request that does not bypass the gate has exactly one. */
export type GateOutcome = {
  gateClass: QueuedClass
  /** How long it was held, in ms; 0 when it was admitted or refused on arrival. */
  waitedMs: number
} & ({ kind: 'admitted' } | { kind: 'shed'; reason: ShedReason } | { kind: 'gone' })

export type OutcomeListener = (outcome: GateOutcome) => void

/** Refusals this close together belong to one period of shedding. */
const SAME_EPISODE_MS = 1000

/** Counts the outcomes of requests. */
export class GateTally {
  admitted = 0
  buffered = 0
  gone = 0
  readonly shed = Object.fromEntries(SHED_REASONS.map((reason) => [reason, 0])) as Record<ShedReason, number>
  readonly waits = new WaitRecorder()
  readonly #onOutcome: OutcomeListener | undefined
  #sheddingSince = 0
  #lastShedAt = Number.NEGATIVE_INFINITY

  constructor(onOutcome?: OutcomeListener) {
    this.#onOutcome = onOutcome
  }

  /** For how long requests have been refused because of overload, in ms; 0 when none was within the last second. */
  sheddingForMs(now: number): number {
    return this.isShedding(now) ? now - this.#sheddingSince : 0
  }

  countBuffered(): void {
    this.buffered += 1
  }

  /** @param waitedMs undefined when the request was not held. */
  countAdmitted({ gateClass }: Visit, waitedMs?: number): void {
    this.admitted += 1
    if (waitedMs !== undefined) this.waits.add(waitedMs)
    this.#onOutcome?.({ kind: 'admitted', gateClass, waitedMs: waitedMs ?? 0 })
  }

  countShed({ gateClass }: Visit, reason: ShedReason, waitedMs: number, now: number): void {
    this.shed[reason] += 1
    if (reason !== 'closing') this.#noteShedding(now)
    this.#onOutcome?.({ kind: 'shed', reason, gateClass, waitedMs })
  }

  countGone({ gateClass }: Visit, waitedMs: number): void {
    this.gone += 1
    this.#onOutcome?.({ kind: 'gone', gateClass, waitedMs })
  }

  #noteShedding(now: number): void {
    if (!this.isShedding(now)) this.#sheddingSince = now
    this.#lastShedAt = now
  }

  /** Whether a request was refused because of overload within the last second. */
  isShedding(now: number): boolean {
    return now - this.#lastShedAt <= SAME_EPISODE_MS
  }
}
