import type { Dispatcher } from 'undici'

/** A request as undici takes it. Its origin is that of its connection. */
export type ConnectionRequest = Pick<Dispatcher.DispatchOptions, 'path' | 'method' | 'headers' | 'body' | 'blocking'>

/** A call whose response has ended. */
export interface EndedCall {
  /** Hands the response to whoever made the call. */
  deliver(): void
}

/** What carries one call: a connection of its own, or its share of a connection that carries several. */
export interface Connection {
  /** Sends a request. The handler is told what becomes of it. */
  send(request: ConnectionRequest, handler: Dispatcher.DispatchHandler): void
  /** Ends the call after its response, and delivers the response as soon as the connection can carry another call. */
  release(call: EndedCall): void
  /**
   * Ends the call early. The rest of its response could only be read and discarded, so a connection of its own is closed.
   *
   * @param controller That of the request; undefined if it has not been sent.
   */
  abort(controller: Dispatcher.DispatchController | undefined): void
}

/**
 * How long an idle connection stays open at most, in ms. Without it, an upstream decides: one that sends
 * `Keep-Alive: timeout=600` would keep it for ten minutes.
 */
const MAX_IDLE_MS = 30_000

/** Options of undici that all connections share. Every call has its own timeout over all its phases. */
export const CLIENT_OPTIONS = { headersTimeout: 0, bodyTimeout: 0, keepAliveMaxTimeout: MAX_IDLE_MS } as const
