import type { QueuedClass } from './gate-class.ts'

/**
 * Why a request was refused: its ring had no place left (`full`), the bodies held took all the memory they may
 * (`bytes`), it would have waited too long (`wait`), it did wait too long (`expired`), or the server closes (`closing`).
 */
export type ShedReason = 'full' | 'bytes' | 'wait' | 'expired' | 'closing'

export const SHED_REASONS = ['full', 'bytes', 'wait', 'expired', 'closing'] as const satisfies readonly ShedReason[]

/**
 * A request on its way through the gate.
 *
 *     arriving ──► admitted ──► over      (passed on at once, or released from the ring; then answered)
 *        └──► queued ──► admitted
 *                └──► over                (refused, or its client left)
 *
 * Only the gate changes `state`, so each request gets exactly one of: admitted, shed, gone.
 */
export abstract class Visit {
  readonly gateClass: QueuedClass
  state: 'arriving' | 'queued' | 'admitted' | 'over' = 'arriving'
  /** When it was put in the ring, in ms of the gate's clock. */
  queuedAt = 0
  /** Where in its ring it is. */
  position = 0

  constructor(gateClass: QueuedClass) {
    this.gateClass = gateClass
  }

  /** Memory that its body takes while it waits, in bytes. Not asked for unless it may have to wait. */
  abstract readonly bodyBytes: number

  /** Whether there is nobody left to answer: the client has disconnected, or somebody else has answered. */
  abstract isGone(): boolean
  /** Lets it go on to its handler. */
  abstract admit(): void
  /** Answers it in the handler's place. */
  abstract refuse(reason: ShedReason, predictedWaitMs: number): void
}
