import type { QueuedClass } from './gate-class.ts'
import type { ShedReason } from './visit.ts'
import type { WaitHistogram } from './wait-histogram.ts'

/**
 * `open`: requests pass straight through. `buffering`: some wait. `shedding`: some were refused within the last second.
 * `closing`: the server is being closed. `off`: the gate is switched off.
 */
export type GateState = 'open' | 'buffering' | 'shedding' | 'closing' | 'off'

/** What the gate does and has done. Counts are since the start. */
export interface GateStats {
  state: GateState
  /** Requests that wait, per class. */
  depth: Record<QueuedClass, number>
  /** How long a newcomer would wait, in ms, per class. */
  predictedWaitMs: Record<QueuedClass, number>
  /** Memory that the bodies of waiting requests take at most, in bytes. */
  heldBodyBytes: number
  /** Requests admitted and not answered yet. */
  active: number
  /** Requests that went on to their handler, at once or after a wait. */
  admitted: number
  /** Requests that were made to wait, whatever became of them. */
  buffered: number
  /** Requests that were refused, per reason. */
  shed: Record<ShedReason, number>
  /** Requests whose client had left, or that were answered by somebody else, while they waited. */
  gone: number
  /** Waits of those that were admitted after a wait. */
  waits: WaitHistogram
  /** For how long requests have been refused because of overload, in ms; 0 when none was within the last second. */
  sheddingForMs: number
  /** The longest that one tick of the loop was at work for requests, in ms, since the previous `stats()`. */
  longestStallMs: number
  /** The share of time in which the event loop was not idle, 0 to 1, since the previous `stats()`. */
  eventLoopUtilization: number
}
