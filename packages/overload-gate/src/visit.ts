import type { QueuedClass } from './gate-class.ts'

/**
 * Why a request was refused: its ring had no place left (`full`), the held bodies used all the memory they may
 * (`bytes`), it would have waited too long (`wait`), it did wait too long (`expired`), or the server closes (`closing`).
 */
export type ShedReason = 'full' | 'bytes' | 'wait' | 'expired' | 'closing'

export const SHED_REASONS = ['full', 'bytes', 'wait', 'expired', 'closing'] as const satisfies readonly ShedReason[]

/**
 * A request on its way through the gate.
 *
 *     arriving ──► admitted ──► over      (admitted at once, or released from the ring; then answered)
 *        └──► queued ──► admitted
 *                └──► over                (refused, or its client disconnected)
 *
 * Only the gate changes `state`, so each request gets exactly one of: admitted, shed, gone.
 */
export abstract class Visit {
  readonly gateClass: QueuedClass
  state: 'arriving' | 'queued' | 'admitted' | 'over' = 'arriving'
  /** When it was put in the ring, in ms of the gate's clock. */
  queuedAt = 0
  /** Its position in the ring. */
  position = 0

  constructor(gateClass: QueuedClass) {
    this.gateClass = gateClass
  }

  /** Memory that its body takes while it is held, in bytes. Read only when it may have to be held. */
  abstract readonly bodyBytes: number

  /** Whether it can no longer be answered: its client has disconnected, or another part of the app has answered. */
  abstract isGone(): boolean
  /** Passes it to its handler. */
  abstract admit(): void
  /** Answers it instead of the handler. */
  abstract refuse(reason: ShedReason, predictedWaitMs: number): void
}
