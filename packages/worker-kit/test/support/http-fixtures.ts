import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { HandlerContext, HttpDefaults } from '../../src/handler.ts'
import { createHttpHandler, type HttpHandler, type HttpHandlerOptions } from '../../src/http/http-handler.ts'

/** A server on this machine, and the connections made to it. */
export interface LocalServer {
  port: number
  /** Ends with a slash. */
  url: string
  connectionCount: () => number
  openSockets: ReadonlySet<Socket>
}

/** Starts an HTTP server for the current test. */
export function serve(listener: RequestListener): Promise<LocalServer> {
  return listen(createServer(listener))
}

/** Starts a TCP server for the current test, for responses that are not HTTP. */
export function serveTcp(listener: (socket: Socket) => void): Promise<LocalServer> {
  return listen(createTcpServer(listener))
}

/** Creates a handler for the current test. By default it may call 127.0.0.1. */
export function createHandler(options: HttpHandlerOptions = {}): HttpHandler {
  const handler = createHttpHandler({ allowHosts: ['127.0.0.1'], ...options })
  onTestFinished(() => handler.close())
  return handler
}

async function listen(server: Server): Promise<LocalServer> {
  const openSockets = new Set<Socket>()
  let connectionCount = 0
  server.on('connection', (socket: Socket) => {
    connectionCount += 1
    openSockets.add(socket)
    socket.on('close', () => openSockets.delete(socket)).on('error', () => {})
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.close()
    for (const socket of openSockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}/`, connectionCount: () => connectionCount, openSockets }
}

/** The context of an attempt, and the pauses that its handler reports. By default nothing aborts it. */
export function buildContext(
  http: HttpDefaults = {},
  signal = new AbortController().signal,
): HandlerContext & { pauses: number[] } {
  const pauses: number[] = []
  const limit = { pauses, settle: () => {}, pause: (ms: number) => void pauses.push(ms) }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const deadline = new Date(Date.now() + 60_000)
  const attempt = { attempt: 1, maxAttempts: 3, signal, deadline, log, http }
  return { batchId: 'batch', queue: 'default', seq: 0, key: undefined, ...attempt, ...limit }
}

/** The error that a call rejected with. */
export function rejection(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => {
      throw new Error('The call succeeded.')
    },
    (error: unknown) => error as Error,
  )
}
