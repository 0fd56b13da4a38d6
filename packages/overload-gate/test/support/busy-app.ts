import { request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { json, text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { GateClass, GateOptions, GateStats, Refusal } from '../../src/index.ts'
import { RawClient } from './raw-client.ts'
import { StandingLoop } from './standing-loop.ts'

/** Options of the gate that all frameworks share. */
export interface BusyAppOptions {
  gate?: GateOptions & {
    enabled?: boolean
    code?: string
    buildProblem?: (refusal: Refusal, request: { url?: string | undefined }) => object
  }
  /** Runs before the gate. */
  before?: (request: IncomingMessage, response: ServerResponse, next: () => void) => void
  /** The async context that the route /context answers. */
  context?: () => unknown
}

/** A response. */
export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Record<string, unknown>
}

/** Sends a GET request over a connection of its own, and returns the response with its JSON. */
export async function get(port: number, path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  request({ port, host: '127.0.0.1', path, agent: false }, resolve).on('error', reject).end()
  const response = await promise
  const body = (await json(response)) as Record<string, unknown>
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}

/** What a framework needs to open an app. */
export interface AppSetup extends BusyAppOptions {
  loop: StandingLoop
  /** Answers a request with its path and its body. */
  echo: (path: string, body: AsyncIterable<Uint8Array> | undefined) => Promise<object>
}

/** An app that listens on a port. */
export interface OpenApp {
  port: number
  /** Serves a request without the network, or over it. */
  serveFirst(): Promise<unknown>
  stats(): GateStats
  sheddingForMs(): number
  /** Closes the app as its framework's documentation says. */
  close(): Promise<void>
}

/** A framework whose apps the gate guards. */
export interface Framework {
  name: string
  open(setup: AppSetup): Promise<OpenApp>
}

/** The class of each path. Apps answer no others. */
export function classOfPath(path = ''): GateClass {
  if (path === '/health') return 'bypass'
  if (path === '/critical') return 'critical'
  return path.startsWith('/normal/') || path === '/first' || path === '/context' ? 'normal' : 'sheddable'
}

/**
 * An app that listens, and whose gate guards an event loop that ticks only when the test says so. The current tick is
 * long from the start: a request is held until the test calls `loop.tick()`.
 */
export class BusyApp implements AsyncDisposable {
  readonly loop = new StandingLoop()
  /** The paths of the requests that were handled, in order. */
  readonly handled: string[] = []
  readonly #app: OpenApp
  readonly #clients: RawClient[] = []

  private constructor(app: OpenApp, { loop, handled }: { loop: StandingLoop; handled: string[] }) {
    this.#app = app
    this.loop = loop
    this.handled = handled
  }

  static async open(framework: Framework, options: BusyAppOptions = {}): Promise<BusyApp> {
    const loop = new StandingLoop()
    const handled: string[] = []
    const echo = async (path: string, body: AsyncIterable<Uint8Array> | undefined) => {
      handled.push(path)
      return { path, body: body ? await text(body) : '' }
    }
    const gate = { acceptSprintMs: 0, ...options.gate }
    const busy = new BusyApp(await framework.open({ ...options, gate, loop, echo }), { loop, handled })
    await busy.stall()
    return busy
  }

  get port(): number {
    return this.#app.port
  }

  stats(): GateStats {
    return this.#app.stats()
  }

  sheddingForMs(): number {
    return this.#app.sheddingForMs()
  }

  /** Opens a connection and sends something. */
  async send(bytes: string): Promise<RawClient> {
    const client = await RawClient.connect(this.port)
    this.#clients.push(client)
    client.write(bytes)
    return client
  }

  /** Sends a GET request, and returns the response with its JSON. */
  async get(path: string): Promise<Answer> {
    return await get(this.port, path)
  }

  /** Waits until the statistics of the gate match these. */
  async until(expected: object): Promise<void> {
    await expect.poll(() => this.stats()).toMatchObject(expected)
  }

  /** Makes the current tick long. */
  async stall(): Promise<void> {
    await this.#app.serveFirst()
    this.loop.stall(45)
  }

  async close(): Promise<void> {
    await this.#app.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await this.#app.close()
  }
}
