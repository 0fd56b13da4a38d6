import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { Client, Pool, type buildConnector, type Dispatcher } from 'undici'
import { CLIENT_OPTIONS, type Connection, type ConnectionRequest, type EndedCall } from './connection.ts'

/** How many calls a connection over HTTP/2 carries at once. The default of undici. */
const MAX_STREAMS = 100

/**
 * Connections over HTTP/2, which carry up to 100 calls at once, or as many as the upstream allows. An upstream that
 * does not offer HTTP/2 is called over HTTP/1.1. The first connection to an upstream shows which of both it is, and
 * calls wait for it.
 */
export class SharedConnections {
  readonly #connect: buildConnector.connector
  readonly #maxIdle: number
  readonly #origins = new Map<string, Origin>()
  #socketCount = 0
  #callCount = 0

  /** @param maxIdle Maximum number of idle connections, to all origins together. */
  constructor(connect: buildConnector.connector, maxIdle: number) {
    this.#connect = connect
    this.#maxIdle = maxIdle
  }

  /** Returns a share of the connections to an origin, for one call. */
  take(name: string): Connection {
    const origin = this.#origins.get(name) ?? this.#addOrigin(name)
    origin.callCount += 1
    this.#callCount += 1
    return new SharedConnection(this, origin)
  }

  /** Whether the connection of a call is to be closed after it. Only HTTP/1.1 can be told so. */
  get isFull(): boolean {
    // The call that asks has no connection yet.
    const idleCount = this.#socketCount - (this.#callCount - 1)
    return idleCount >= this.#maxIdle
  }

  /** Ends a call. */
  end(origin: Origin): void {
    origin.callCount -= 1
    this.#callCount -= 1
    this.#removeUnused(origin)
  }

  /** Closes all connections. Calls in flight fail. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#origins.values(), ({ pool }) => pool.destroy()))
  }

  #addOrigin(name: string): Origin {
    const pool = new Pool(name, { ...CLIENT_OPTIONS, allowH2: true, factory: (url) => this.#createClient(url) })
    const origin = { name, callCount: 0, pool }
    pool.on('disconnect', () => this.#removeUnused(origin))
    this.#origins.set(name, origin)
    return origin
  }

  #createClient(origin: string | URL): Client {
    const client = new Client(origin, {
      ...CLIENT_OPTIONS,
      allowH2: true,
      connect: (options, callback) =>
        this.#connect(options, (...connected: Parameters<buildConnector.Callback>) => {
          const [, socket] = connected
          if (socket) this.#count(socket)
          client.pipelining = pipeliningOf(socket)
          callback(...connected)
        }),
    })
    return client
  }

  #count(socket: Socket): void {
    this.#socketCount += 1
    socket.once('close', () => (this.#socketCount -= 1))
  }

  #removeUnused({ name, pool, callCount }: Origin): void {
    if (callCount > 0 || pool.stats.connected > 0 || this.#origins.get(name)?.pool !== pool) return
    this.#origins.delete(name)
    void pool.destroy()
  }
}

/**
 * How many calls a client carries at once while it has no connection. After a GOAWAY, the calls that the upstream
 * accepted go on over the old connection. With a pipelining of 1, the next calls would wait for them to end.
 */
function pipeliningOf(socket: Socket | null | undefined): number {
  const isHttp2 = socket instanceof TLSSocket && socket.alpnProtocol === 'h2'
  return isHttp2 ? MAX_STREAMS : 1
}

interface Origin {
  readonly name: string
  readonly pool: Pool
  callCount: number
}

class SharedConnection implements Connection {
  readonly #connections: SharedConnections
  readonly #origin: Origin

  constructor(connections: SharedConnections, origin: Origin) {
    this.#connections = connections
    this.#origin = origin
  }

  send(request: ConnectionRequest, handler: Dispatcher.DispatchHandler): void {
    const { isFull } = this.#connections
    this.#origin.pool.dispatch({ ...request, ...(isFull && { reset: true }) }, handler)
  }

  /** The pool frees a connection over HTTP/1.1 in the next tick. A caller that goes on sooner would open another. */
  release(call: EndedCall): void {
    this.#connections.end(this.#origin)
    queueMicrotask(() => setImmediate(() => call.deliver()))
  }

  abort(controller: Dispatcher.DispatchController | undefined): void {
    this.#connections.end(this.#origin)
    controller?.abort(new Error('The call was aborted.'))
  }
}
