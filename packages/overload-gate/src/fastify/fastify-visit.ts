import type { FastifyReply, FastifyRequest } from 'fastify'
import type { QueuedClass } from '../gate-class.ts'
import { HeldVisit } from '../held-visit.ts'
import type { RefusalCause } from '../refusal-response.ts'

/** Answers a request with 503. */
export type RefuseFastify = (request: FastifyRequest, reply: FastifyReply, cause: RefusalCause) => void

/** A request that waits in its `onRequest` hook. */
export class FastifyVisit extends HeldVisit {
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #refuse: RefuseFastify

  constructor(
    gateClass: QueuedClass,
    request: FastifyRequest,
    reply: FastifyReply,
    proceed: () => void,
    refuse: RefuseFastify,
  ) {
    super(gateClass, request.raw, proceed)
    this.#request = request
    this.#reply = reply
    this.#refuse = refuse
  }

  isGone(): boolean {
    // Besides disconnects, a handler timeout of Fastify answers requests that wait here.
    return this.#reply.raw.destroyed || this.#reply.sent
  }

  protected answer(cause: RefusalCause): void {
    this.#refuse(this.#request, this.#reply, cause)
  }
}
