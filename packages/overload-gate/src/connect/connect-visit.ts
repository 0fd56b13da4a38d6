import type { IncomingMessage, ServerResponse } from 'node:http'
import type { QueuedClass } from '../gate-class.ts'
import { HeldVisit } from '../held-visit.ts'
import type { RefusalCause } from '../refusal-response.ts'

/** Answers a request with 503. */
export type RefuseConnect = (request: IncomingMessage, response: ServerResponse, cause: RefusalCause) => void

/** A request that waits in the middleware. */
export class ConnectVisit extends HeldVisit {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #refuse: RefuseConnect

  constructor(
    gateClass: QueuedClass,
    request: IncomingMessage,
    response: ServerResponse,
    proceed: () => void,
    refuse: RefuseConnect,
  ) {
    super(gateClass, request, proceed)
    this.#request = request
    this.#response = response
    this.#refuse = refuse
  }

  isGone(): boolean {
    const { destroyed, headersSent, writableEnded } = this.#response
    return destroyed || headersSent || writableEnded
  }

  protected answer(cause: RefusalCause): void {
    this.#refuse(this.#request, this.#response, cause)
  }
}
