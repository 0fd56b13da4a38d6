import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify'
import { expect } from 'vitest'
import type { GateOptions, GateStats } from '../../src/index.ts'
import { overloadGateOn } from '../../src/overload-gate.ts'
import { RawClient } from './raw-client.ts'
import { StandingLoop } from './standing-loop.ts'

/**
 * A Fastify app that listens, and whose gate guards an event loop that ticks only when the test says so. The current tick is
 * long from the start: a request is held until the test calls `loop.tick()`.
 */
export class BusyApp implements AsyncDisposable {
  readonly app: FastifyInstance
  readonly loop: StandingLoop
  /** The URLs of the requests that were handled, in order. */
  readonly handled: string[] = []
  readonly #clients: RawClient[] = []

  constructor(app: FastifyInstance, loop: StandingLoop) {
    this.app = app
    this.loop = loop
  }

  get port(): number {
    return (this.app.server.address() as AddressInfo).port
  }

  stats(): GateStats {
    return this.app.overloadGate.stats()
  }

  /** Opens a connection and sends something. */
  async send(bytes: string): Promise<RawClient> {
    const client = await RawClient.connect(this.port)
    this.#clients.push(client)
    client.write(bytes)
    return client
  }

  /** Waits until the statistics of the gate match these. */
  async until(expected: object): Promise<void> {
    await expect.poll(() => this.stats()).toMatchObject(expected)
  }

  /** Makes the current tick long. */
  async stall(): Promise<void> {
    await this.app.inject('/first')
    this.loop.stall(45)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await this.app.close()
  }
}

export interface BusyAppOptions {
  gate?: GateOptions
  /** Adds to the app before the gate is registered. */
  before?: (app: FastifyInstance) => void
  /** Adds routes. */
  routes?: (app: FastifyInstance) => void
}

/** An app whose routes answer what they were sent, with a gate that is late. */
export async function busyApp(options: BusyAppOptions = {}): Promise<BusyApp> {
  return await prepare(fastify({ forceCloseConnections: true }), options)
}

/** The same for any kind of server. */
export async function prepare(app: FastifyInstance, { gate, before, routes }: BusyAppOptions = {}): Promise<BusyApp> {
  const busy = new BusyApp(app, new StandingLoop())
  before?.(app)
  await app.register(
    overloadGateOn(() => busy.loop),
    { acceptSprintMs: 0, ...gate },
  )
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  const handle = (request: FastifyRequest) => echo(busy, request)
  app.get('/first', async () => 'first')
  app.get('/health', { config: { gate: 'bypass' } }, handle)
  app.all('/critical', { config: { gate: 'critical' } }, handle)
  app.all('/sheddable', { config: { gate: 'sheddable' } }, handle)
  app.all('/normal/*', handle)
  routes?.(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  await busy.stall()
  return busy
}

async function echo(busy: BusyApp, request: FastifyRequest): Promise<{ path: string; body: string }> {
  busy.handled.push(request.url)
  return { path: request.url, body: request.body ? await text(request.body as NodeJS.ReadableStream) : '' }
}
