import { testCertificate } from '@sluice/testing'
import { createServer, type RequestListener } from 'node:http'
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
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

/** Servers never close idle connections, so that only the handler does. Node's default is five seconds. */
const KEEPS_IDLE = { keepAliveTimeout: 0 }

/** Starts an HTTP server for the current test. */
export function serve(listener: RequestListener): Promise<LocalServer> {
  return listen(createServer(KEEPS_IDLE, listener))
}

/** Starts an HTTPS server for the current test that offers HTTP/1.1 only. */
export function serveTls(listener: RequestListener): Promise<LocalServer> {
  return listen(createHttpsServer({ ...trusted(), ...KEEPS_IDLE }, listener), 'https://localhost')
}

/** An HTTP/2 server, and its sessions in the order of their connections. */
export interface LocalHttp2Server extends LocalServer {
  server: Http2SecureServer
}

/** Starts a server for the current test that offers HTTP/2, and HTTP/1.1 to clients that do not know HTTP/2. */
export async function serveHttp2(
  listener: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  settings: { maxConcurrentStreams?: number } = {},
): Promise<LocalHttp2Server> {
  const server = createSecureServer({ ...trusted(), allowHTTP1: true, settings }, listener)
  return { ...(await listen(server, 'https://localhost')), server }
}

/** The certificate of a test server, which this process trusts from now on. */
function trusted(): typeof testCertificate {
  setDefaultCACertificates([...getCACertificates('bundled'), testCertificate.cert])
  return testCertificate
}

/** Starts a TCP server for the current test, for responses that are not HTTP. */
export function serveTcp(listener: (socket: Socket) => void): Promise<LocalServer> {
  return listen(createTcpServer(listener))
}

/** Creates a handler for the current test. By default it may call this machine. */
export function createHandler(options: HttpHandlerOptions = {}): HttpHandler {
  const handler = createHttpHandler({ allowHosts: ['127.0.0.1', 'localhost'], ...options })
  onTestFinished(() => handler.close())
  return handler
}

async function listen(server: Server, site = 'http://127.0.0.1'): Promise<LocalServer> {
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
  return { port, url: `${site}:${port}/`, connectionCount: () => connectionCount, openSockets }
}

/** The context of an attempt, the pauses that its handler reports, and what it logs. By default nothing aborts it. */
export function buildContext(
  http: HttpDefaults = {},
  signal = new AbortController().signal,
): HandlerContext & { pauses: number[]; logged: object[] } {
  const pauses: number[] = []
  const limit = { pauses, settle: () => {}, pause: (ms: number) => void pauses.push(ms) }
  const logged: object[] = []
  const log = { debug() {}, info: (fields: object) => void logged.push(fields), warn() {}, error() {} }
  const deadline = new Date(Date.now() + 60_000)
  const attempt = { attempt: 1, maxAttempts: 3, signal, deadline, log, http }
  return {
    batchId: 'batch',
    queue: 'default',
    seq: 0,
    key: undefined,
    idempotencyKey: 'batch-0',
    traceparent: undefined,
    ...attempt,
    ...limit,
    logged,
  }
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
