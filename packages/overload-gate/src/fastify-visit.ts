import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { heldBodyBytes } from './request-body.ts'
import type { QueuedClass } from './gate-class.ts'
import type { Refuse } from './refuse-request.ts'
import { type ShedReason, Visit } from './visit.ts'

/** A request that waits in its `onRequest` hook. */
export class FastifyVisit extends Visit {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #proceed: () => void
  readonly #refuse: Refuse
  #bodyBytes: number | undefined
  #inContext: (task: () => void) => void = (task) => task()

  constructor(
    gateClass: QueuedClass,
    request: FastifyRequest,
    reply: FastifyReply,
    proceed: () => void,
    refuse: Refuse,
  ) {
    super(gateClass)
    this.#request = request
    this.#reply = reply
    this.#proceed = proceed
    this.#refuse = refuse
  }

  get bodyBytes(): number {
    this.#bodyBytes ??= heldBodyBytes(this.#request.raw)
    return this.#bodyBytes
  }

  /** Keeps the async context of the request, which will be released from the end of a tick, outside any request. */
  keepContext(): void {
    this.#inContext = AsyncLocalStorage.snapshot()
  }

  isGone(): boolean {
    // Besides disconnects, a handler timeout of Fastify answers requests that wait here.
    return this.#reply.raw.destroyed || this.#reply.sent
  }

  admit(): void {
    this.#inContext(this.#proceed)
  }

  refuse(reason: ShedReason, predictedWaitMs: number): void {
    this.#inContext(() =>
      this.#refuse(this.#request, this.#reply, { gateClass: this.gateClass, reason, predictedWaitMs }),
    )
  }
}
