import type { FastifyReply } from 'fastify'
import type { Gauge } from 'prom-client'
import { TooManyStreamsError } from './errors/http-errors.ts'

/** How many streams of one kind there may be. */
export interface StreamSlotOptions {
  /** Open streams of the process. */
  max: number
  /** Open streams of one API key or person in the process. Anonymous clients have no such bound. */
  maxPerKey: number
  /** What the streams are, in the plural. */
  kind: string
  /** Shows how many are open. */
  gauge: Gauge
}

/** The open streams of one kind. */
export class StreamSlots {
  readonly #options: StreamSlotOptions
  readonly #ofKeys = new Map<string, number>()
  #open = 0

  constructor(options: StreamSlotOptions) {
    this.#options = options
    options.gauge.set(0)
  }

  /** How many are open. */
  get open(): number {
    return this.#open
  }

  /**
   * Takes a slot until the answer is complete or its connection closes. Throws `TooManyStreamsError`.
   *
   * @param keyId the API key or the person that opens it. Null: anonymous.
   */
  take(reply: FastifyReply, keyId: string | null): void {
    // A connection that has closed does not close again.
    if (reply.raw.destroyed) return
    const { max, maxPerKey, kind } = this.#options
    const ofKey = keyId === null ? 0 : (this.#ofKeys.get(keyId) ?? 0)
    if (this.#open >= max) throw new TooManyStreamsError('This process', max, kind)
    if (ofKey >= maxPerKey) throw new TooManyStreamsError('This API key', maxPerKey, kind)
    this.#change(1, keyId)
    reply.raw.once('close', () => this.#change(-1, keyId))
  }

  #change(by: number, keyId: string | null): void {
    this.#open += by
    this.#options.gauge.set(this.#open)
    if (keyId === null) return
    const ofKey = (this.#ofKeys.get(keyId) ?? 0) + by
    if (ofKey === 0) this.#ofKeys.delete(keyId)
    else this.#ofKeys.set(keyId, ofKey)
  }
}
