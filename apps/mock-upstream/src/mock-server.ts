import type { AddressInfo } from 'node:net'
import type { FastifyBaseLogger, FastifyListenOptions } from 'fastify'
import { buildApp } from './build-app.ts'
import type { MockService } from './mock-service.ts'
import { createServerState, type ServerMode, type ServerState } from './server-state.ts'
import type { ServiceSettings } from './service-settings.ts'

export const DEFAULT_PORT = 19_999

export interface MockServerOptions {
  /** 0 picks a free one. Default: 19999. */
  port?: number
  /** The address to listen on. Default: 127.0.0.1. */
  host?: string
  /** Default: multi. */
  mode?: ServerMode
  /** The service of single mode, required there; multi mode has none and ignores it. */
  defaultService?: ServiceSettings
  /** Default: nothing is logged. */
  logger?: FastifyBaseLogger
  /** Whether `logger` logs every request. Default: false. */
  logRequests?: boolean
}

/** A server that listens. */
export interface MockServer {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Settles once the server has stopped, for any reason. */
  readonly stopped: Promise<void>
  /** Stops listening and cuts all connections, also those whose answer is due. May be called again. */
  stop(): Promise<void>
}

interface Running {
  state: ServerState
  stop: () => Promise<void>
}

/** In the order they were started. */
const running = new Set<Running>()

/**
 * Starts a server. Several may run in one process, each on its own port.
 *
 * Rejects when single mode comes without a usable default service, and when the port cannot be had.
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

/** A test may open thousands of connections at once; beyond Node's 511 the system would delay them by a second. */
const BACKLOG = 4096

/** Stops every server of this process. Does nothing when there is none. */
export async function stopMockServer(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()))
}

/** The server of this process that was started last and still runs; an empty one in multi mode when there is none. */
export function getServerState(): {
  services: ReadonlyMap<string, MockService>
  mode: ServerMode
  hasDefaultService: boolean
} {
  const { state } = [...running].at(-1) ?? { state: createServerState('multi', undefined) }
  return { services: state.services, mode: state.mode, hasDefaultService: state.defaultService !== undefined }
}
