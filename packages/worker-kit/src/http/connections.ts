import { createGuardedConnector, type AddressGuardOptions } from './address-guard.ts'
import type { Connection } from './connection.ts'
import { OwnConnections } from './own-connections.ts'
import { SharedConnections } from './shared-connections.ts'

/** Options of the connections of an `http` handler. */
export interface ConnectionsOptions extends AddressGuardOptions {
  /** Whether calls use HTTP/2 with upstreams that offer it over TLS. Default: HTTP/1.1 only. */
  http2?: boolean | undefined
  /** Maximum number of idle connections, to all upstreams together. Default 1,000. Each is closed after 30 s. */
  maxIdleConnections?: number | undefined
}

/** The connections of an `http` handler. */
export interface Connections {
  /** Returns a connection to an origin for one call. */
  take(origin: string): Connection
  /** Closes all connections. Calls in flight fail. */
  close(): Promise<void>
}

/** Creates connections that lead to public addresses only, and to the hosts that the options allow. */
export function createConnections(options: ConnectionsOptions): Connections {
  const { http2 = false, maxIdleConnections = 1000 } = options
  const own = new OwnConnections(createGuardedConnector(options), maxIdleConnections)
  if (!http2) return own
  const shared = new SharedConnections(createGuardedConnector({ ...options, http2 }), maxIdleConnections)
  return {
    // HTTP/2 is offered in the TLS handshake only.
    take: (origin) => (origin.startsWith('https:') ? shared.take(origin) : own.take(origin)),
    close: async () => void (await Promise.all([own.close(), shared.close()])),
  }
}
