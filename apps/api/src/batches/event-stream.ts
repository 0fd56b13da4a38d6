import { once } from 'node:events'
import type { Batch } from '@sluice/engine'
import type { FastifyReply } from 'fastify'
import { batchView } from './batch-view.ts'

/** The events that one client receives. It waits for a client that reads slowly, up to a point. */
export class EventStream {
  readonly #reply: Pick<FastifyReply, 'raw' | 'sse'>
  readonly #signal: AbortSignal
  readonly #stallMs: number

  /**
   * @param signal ends the stream.
   * @param stallMs how long the client may take to read an event.
   */
  constructor(reply: Pick<FastifyReply, 'raw' | 'sse'>, signal: AbortSignal, stallMs: number) {
    this.#reply = reply
    this.#signal = signal
    this.#stallMs = stallMs
  }

  /** Sends the first snapshot, each that follows, and the end of the batch unless the stream is cut before. */
  async send(first: IteratorResult<Batch, unknown>, following: AsyncIterable<Batch>): Promise<void> {
    if (first.done) return
    let last = first.value
    await this.#sendOne('snapshot', last)
    for await (const batch of following) {
      await this.#sendOne('change', batch)
      if (this.#signal.aborted) return
      last = batch
    }
    await this.#sendOne('end', last)
  }

  /** Sending would wait for ever for a client that has disconnected, or that reads nothing. */
  async #sendOne(event: string, batch: Batch): Promise<void> {
    if (this.#signal.aborted) return
    const sent = new AbortController()
    const gone = once(this.#signal, 'abort', { signal: sent.signal }).catch(() => {})
    // Heartbeats count as traffic, so nothing else ends such a connection.
    const timer = setTimeout(() => this.#reply.raw.destroy(), this.#stallMs)
    try {
      await Promise.race([this.#reply.sse.send({ event, data: batchView(batch) }), gone])
    } finally {
      clearTimeout(timer)
      sent.abort()
    }
  }
}
