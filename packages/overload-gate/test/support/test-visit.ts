import type { QueuedClass } from '../../src/gate-class.ts'
import type { Gate } from '../../src/gate.ts'
import { type ShedReason, Visit } from '../../src/visit.ts'

/** A request that records its outcomes. */
export class TestVisit extends Visit {
  readonly outcomes: string[] = []
  readonly bodyBytes: number
  predictedWaitMs: number | undefined
  isAbsent = false
  /** What its handler does. */
  handler: () => void = () => {}

  constructor(gateClass: QueuedClass = 'normal', bodyBytes = 0) {
    super(gateClass)
    this.bodyBytes = bodyBytes
  }

  isGone(): boolean {
    return this.isAbsent
  }

  admit(): void {
    this.outcomes.push('admitted')
    this.handler()
  }

  refuse(reason: ShedReason, predictedWaitMs: number): void {
    this.outcomes.push(reason)
    this.predictedWaitMs = predictedWaitMs
  }
}

/** Lets a request arrive. */
export function arrival(gate: Gate, visit: TestVisit = new TestVisit()): TestVisit {
  gate.arrive(visit)
  return visit
}

/** Lets some requests arrive, one after the other. */
export function arrivals(gate: Gate, count: number, make: () => TestVisit = () => new TestVisit()): TestVisit[] {
  return Array.from({ length: count }, () => arrival(gate, make()))
}

/** The outcomes of each. */
export function outcomesOf(visits: readonly TestVisit[]): string[] {
  return visits.map(({ outcomes }) => outcomes.join())
}
