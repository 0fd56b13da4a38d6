import type { FastifyRequest } from 'fastify'
import type { ClassLimits } from './class-rings.ts'
import type { QueuedClass } from './gate-class.ts'
import type { OutcomeListener } from './gate-tally.ts'
import type { Refusal } from './refusal.ts'

/** The numbers the gate works by. */
export interface GateNumbers {
  /** Requests are held once a tick of the loop has been at work for requests this long, in ms. 1 to 10,000, default 30. */
  busyAfterMs: number
  /** Time in which one tick of the loop starts held requests, in ms; the last one may take longer. 1 to 1000, default 3. */
  releaseBudgetMs: number
  /**
   * A tick that took longer, in ms, starts none, so that requests started before get on. At least `releaseBudgetMs`, at most
   * 1000, default 12.
   */
  tickTargetMs: number
  /**
   * How long new connections may go before held requests at a time, in ms; never more than half of all time.
   * 0: they do not. At most 1000, default 50.
   */
  acceptSprintMs: number
  /** The longest wait, in ms; set it below half of what clients wait. 1 to 60,000, default 1000. */
  maxWaitMs: number
  /**
   * What the longest wait shrinks to while requests have been waiting for more than `maxWaitMs` without a break, in ms.
   * 1 to `maxWaitMs`, default 150 or `maxWaitMs`, whichever is less.
   */
  minWaitMs: number
  /** Requests that can wait in each class. A power of two from 1 to 65,536, default 1024. */
  capacity: number
  /**
   * Memory that the bodies of waiting requests may take, in bytes. One counts at most 131,072, as Node reads no more of
   * it by itself. 0: while the gate is busy, requests with a body are refused. Default 33,554,432.
   */
  maxHeldBodyBytes: number
}

/** Options of the plugin. */
export interface GateOptions extends Partial<GateNumbers> {
  /** False: every request passes, and nothing is counted. Default true. */
  enabled?: boolean
  /** Limits of single classes, where they differ from `capacity`, `maxWaitMs` and `minWaitMs`. Default: none differ. */
  classes?: Partial<Record<QueuedClass, Partial<ClassLimits>>>
  /** The `code` in the answer to a request that is refused. Default `OVERLOADED`. */
  code?: string
  /**
   * Makes the body of that answer, which is sent as `application/problem+json` with status 503. Default: a problem
   * document (RFC 9457) with `type`, `title`, `status`, `code` and `detail`.
   */
  buildProblem?: (refusal: Refusal, request: FastifyRequest) => object
  /** Told of the outcome of each request, to feed metrics with. It must be quick. Default: nobody is told. */
  onOutcome?: OutcomeListener
}

/** What the gate works by once defaults are applied: its numbers, and the limits of each class. */
export interface GateSettings extends GateNumbers {
  classes: Record<QueuedClass, ClassLimits>
}
