import type { FastifyReply } from 'fastify'
import type { Gauge } from 'prom-client'
import { TooManyStreamsError } from './errors/http-errors.ts'

/** How many streams of one kind a process may have open. */
export class StreamSlots {
  readonly #max: number
  readonly #kind: string
  readonly #gauge: Gauge
  #open = 0

  /**
   * @param kind what the streams are, in the plural.
   * @param gauge shows how many are open.
   */
  constructor(max: number, kind: string, gauge: Gauge) {
    this.#max = max
    this.#kind = kind
    this.#gauge = gauge
    gauge.set(0)
  }

  /** How many are open. */
  get open(): number {
    return this.#open
  }

  /** Takes a slot until the answer is complete or its connection closes. Throws `TooManyStreamsError`. */
  take(reply: FastifyReply): void {
    // A connection that has closed does not close again.
    if (reply.raw.destroyed) return
    if (this.#open >= this.#max) throw new TooManyStreamsError(this.#max, this.#kind)
    this.#change(1)
    reply.raw.once('close', () => this.#change(-1))
  }

  #change(by: number): void {
    this.#open += by
    this.#gauge.set(this.#open)
  }
}
