import type { ClassLimits } from './class-rings.ts'
import type { QueuedClass } from './gate-class.ts'
import type { OutcomeListener } from './gate-tally.ts'
import type { Refusal } from './refusal.ts'

/** The numbers the gate works by. */
export interface GateNumbers {
  /** Requests are held once a tick has worked on requests for this long, in ms. 1 to 10,000, default 30. */
  busyAfterMs: number
  /** How long one tick starts held requests, in ms. The last one may take longer. 1 to 1000, default 3. */
  releaseBudgetMs: number
  /**
   * A tick that took longer, in ms, starts none, so that requests in progress get the time. At least `releaseBudgetMs`, at most
   * 1000, default 12.
   */
  tickTargetMs: number
  /**
   * How long new connections take precedence over held requests at a time, in ms; never more than half of all time.
   * 0: never. At most 1000, default 50.
   */
  acceptSprintMs: number
  /** The longest wait, in ms. Set it below half of the clients' timeout. 1 to 60,000, default 1000. */
  maxWaitMs: number
  /**
   * What the longest wait shrinks to once requests have been waiting without a break for `maxWaitMs`, in ms.
   * 1 to `maxWaitMs`, default 150 or `maxWaitMs`, whichever is less.
   */
  minWaitMs: number
  /** Requests that can be held in each class. A power of two from 1 to 65,536, default 1024. */
  capacity: number
  /**
   * Memory that the bodies of held requests may take, in bytes. A body counts at most 131,072, as Node buffers no more of
   * it. 0: requests with a body are refused while the gate is busy. Default 33,554,432.
   */
  maxHeldBodyBytes: number
}

/** Options of a gate. */
export interface GateOptions extends Partial<GateNumbers> {
  /** `capacity`, `maxWaitMs` and `minWaitMs` of single classes. Default: the same for all. */
  classes?: Partial<Record<QueuedClass, Partial<ClassLimits>>>
  /** Called with the outcome of each request, to feed metrics. It must be fast. Default: not called. */
  onOutcome?: OutcomeListener
}

/**
 * Options of a gate that answers refused requests itself.
 *
 * @template Request what the framework passes to handlers.
 */
export interface ServerGateOptions<Request> extends GateOptions {
  /** False: every request passes, and nothing is counted. Default true. */
  enabled?: boolean
  /** The `code` in the response to a refused request. Default `OVERLOADED`. */
  code?: string
  /**
   * Builds the body of that response, which is sent as `application/problem+json` with status 503. Default: a problem
   * document (RFC 9457) with `type`, `title`, `status`, `code` and `detail`.
   */
  buildProblem?: (refusal: Refusal, request: Request) => object
}

/** What the gate works by once defaults are applied: its numbers, and the limits of each class. */
export interface GateSettings extends GateNumbers {
  classes: Record<QueuedClass, ClassLimits>
}
