import type { QueuedClass } from './gate-class.ts'
import type { ShedReason } from './visit.ts'
import type { WaitHistogram } from './wait-histogram.ts'

/**
 * `open`: requests pass straight through. `buffering`: requests are held. `shedding`: requests were refused within the last
 * second. `closing`: the server is being closed. `off`: the gate is switched off.
 */
export type GateState = 'open' | 'buffering' | 'shedding' | 'closing' | 'off'

/** What the gate does now. */
export interface GateStatus {
  state: GateState
  /** Held requests, of all classes. */
  held: number
  /** For how long requests have been refused because of overload, in ms; 0 when none was within the last second. */
  sheddingForMs: number
}

/** What the gate does and has done. Counts are since the start. */
export interface GateStats {
  state: GateState
  /** Held requests, per class. */
  depth: Record<QueuedClass, number>
  /** How long a new request would wait, in ms, per class. */
  predictedWaitMs: Record<QueuedClass, number>
  /** The most memory that the bodies of held requests take, in bytes. */
  heldBodyBytes: number
  /** Requests admitted and not answered yet. */
  active: number
  /** Requests passed to their handler, at once or after a wait. */
  admitted: number
  /** Requests that were held, with any outcome. */
  buffered: number
  /** Requests refused, per reason. */
  shed: Record<ShedReason, number>
  /** Requests whose client disconnected, or that were answered by another part of the app, while they were held. */
  gone: number
  /** Waits of requests that were admitted after a wait. */
  waits: WaitHistogram
  /** For how long requests have been refused because of overload, in ms; 0 when none was within the last second. */
  sheddingForMs: number
  /** The longest time that one tick worked on requests, in ms, since the previous `stats()`. */
  longestStallMs: number
  /** The share of time in which the event loop was not idle, 0 to 1, since the previous `stats()`. */
  eventLoopUtilization: number
}
