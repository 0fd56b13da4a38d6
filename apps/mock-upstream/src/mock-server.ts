import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger, FastifyListenOptions } from 'fastify'
import { buildApp } from './build-app.ts'
import type { MockService } from './mock-service.ts'
import { createServerState, type ServerMode, type ServerState } from './server-state.ts'
import type { ServiceSettings } from './service-settings.ts'

export const DEFAULT_PORT = 19_999

export interface MockServerOptions {
  /** The port to listen on. 0 picks a free one. Default: 19999. */
  port?: number
  /** The address to listen on. Default: 127.0.0.1. */
  host?: string
  /** Default: multi. */
  mode?: ServerMode
  /** The service of single mode, which requires it. Multi mode ignores it. */
  defaultService?: ServiceSettings
  /** Default: nothing is logged. */
  logger?: FastifyBaseLogger
  /** Whether `logger` logs every request. Default: false. */
  logRequests?: boolean
}

/** A server that listens. */
export interface MockServer {
  /** The URL, without a trailing slash. */
  readonly url: string
  readonly port: number
  /** Resolves when the server has stopped for any reason. */
  readonly stopped: Promise<void>
  /** Stops listening and closes all connections, including those with a pending response. Idempotent. */
  stop(): Promise<void>
}

interface Running {
  state: ServerState
  stop: () => Promise<void>
}

/** The running servers, in the order in which they were started. */
const running = new Set<Running>()

/**
 * Starts a server. Several may run in one process, each on its own port.
 *
 * Rejects if single mode has no valid default service, or if the port is not available.
 */
export async function startMockServer(options: MockServerOptions = {}): Promise<MockServer> {
  const state = createServerState(options.mode ?? 'multi', options.defaultService)
  const hasStopped = Promise.withResolvers<void>()
  const server: Running = { state, stop }
  const { logger, logRequests } = options
  const app = buildApp({ state, logger, logRequests, stop: () => void stop() })

  async function stop(): Promise<void> {
    running.delete(server)
    await app.close()
    hasStopped.resolve()
  }

  running.add(server)
  try {
    const url = await app.listen(listenOptions(options, state.mode))
    return { url, port: (app.server.address() as AddressInfo).port, stopped: hasStopped.promise, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function listenOptions(
  { port = DEFAULT_PORT, host = '127.0.0.1' }: MockServerOptions,
  mode: ServerMode,
): FastifyListenOptions {
  return {
    port,
    host,
    backlog: BACKLOG,
    listenTextResolver: (url) => `mock upstream in ${mode} mode listens at ${url}`,
  }
}

/** Tests open thousands of connections at once. Beyond Node's default of 511, the system delays them by a second. */
const BACKLOG = 4096

/** Stops every server of this process. Does nothing if none runs. */
export async function stopMockServer(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()))
}

/** Returns the state of the running server that was started last, or an empty one in multi mode if none runs. */
export function getServerState(): {
  services: ReadonlyMap<string, MockService>
  mode: ServerMode
  hasDefaultService: boolean
} {
  const { state } = [...running].at(-1) ?? { state: createServerState('multi', undefined) }
  return { services: state.services, mode: state.mode, hasDefaultService: state.defaultService !== undefined }
}
