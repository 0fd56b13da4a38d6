import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage } from 'node:http'
import type { QueuedClass } from './gate-class.ts'
import type { RefusalCause } from './refusal-response.ts'
import { heldBodyBytes } from './request-body.ts'
import { type ShedReason, Visit } from './visit.ts'

/** A request of Node's server that waits until the gate calls it up. */
export abstract class HeldVisit extends Visit {
  readonly #raw: IncomingMessage
  readonly #proceed: () => void
  #bodyBytes: number | undefined
  #inContext: (task: () => void) => void = (task) => task()

  /** @param proceed passes the request to its handler. */
  constructor(gateClass: QueuedClass, raw: IncomingMessage, proceed: () => void) {
    super(gateClass)
    this.#raw = raw
    this.#proceed = proceed
  }

  get bodyBytes(): number {
    this.#bodyBytes ??= heldBodyBytes(this.#raw)
    return this.#bodyBytes
  }

  /** Keeps the async context of the request, which will be released from the end of a tick, outside any request. */
  keepContext(): void {
    this.#inContext = AsyncLocalStorage.snapshot()
  }

  admit(): void {
    this.#inContext(this.#proceed)
  }

  refuse(reason: ShedReason, predictedWaitMs: number): void {
    this.#inContext(() => this.answer({ gateClass: this.gateClass, reason, predictedWaitMs }))
  }

  /** Answers with 503. */
  protected abstract answer(cause: RefusalCause): void
}
