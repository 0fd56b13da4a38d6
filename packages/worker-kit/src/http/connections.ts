import { createGuardedConnector, type AddressGuardOptions } from './address-guard.ts'
import type { Connection } from './connection.ts'
import { OwnConnections } from './own-connections.ts'

/** Options of the connections of an `http` handler. */
export interface ConnectionsOptions extends AddressGuardOptions {
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
  const { maxIdleConnections = 1000 } = options
  return new OwnConnections(createGuardedConnector(options), maxIdleConnections)
}
