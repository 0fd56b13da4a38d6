import { once } from 'node:events'
import type { FastifyReply } from 'fastify'

/** What an event writer uses of a reply. */
type EventReply = Pick<FastifyReply, 'raw' | 'sse'>

/** Writes the events of one stream, one after the other. It waits for a client that reads slowly, up to a point. */
export class EventWriter {
  readonly #reply: EventReply
  readonly #signal: AbortSignal
  readonly #stallMs: number
  #last = Promise.resolve()

  /**
   * @param signal ends the stream.
   * @param stallMs how long the client may take to read an event.
   */
  constructor(reply: EventReply, signal: AbortSignal, stallMs: number) {
    this.#reply = reply
    this.#signal = signal
    this.#stallMs = stallMs
  }

  /** Sends an event after all earlier ones. Does nothing once the stream has ended. */
  send(event: string, json: string): Promise<void> {
    this.#last = this.#last.then(() => this.#sendOne(event, json))
    return this.#last
  }

  /** Sending would wait for ever for a client that has disconnected, or that reads nothing. */
  async #sendOne(event: string, json: string): Promise<void> {
    if (this.#signal.aborted) return
    const sent = new AbortController()
    const gone = once(this.#signal, 'abort', { signal: sent.signal }).catch(() => {})
    // Heartbeats count as traffic, so nothing else ends such a connection.
    const timer = setTimeout(() => this.#reply.raw.destroy(), this.#stallMs)
    try {
      await Promise.race([this.#reply.sse.send({ event, data: json }), gone])
    } finally {
      clearTimeout(timer)
      sent.abort()
    }
  }
}

/** A signal that is aborted when the client has closed an event stream. */
export function whenClosed(reply: FastifyReply): AbortSignal {
  const closed = new AbortController()
  reply.sse.onClose(() => closed.abort())
  return closed.signal
}
