import { expect, onTestFinished } from 'vitest'
import {
  createMockService,
  getServerState,
  type MockServer,
  type ServiceSettings,
  startMockServer,
} from '../../src/index.ts'

/** A window that outlasts every test, so that a slow machine makes no difference. */
export const HOUR_MS = 3_600_000

/** A service that accepts every request without delay. */
export const EASY: ServiceSettings = {
  maxConcurrency: 1000,
  rateLimit: { limit: 1_000_000, windowMs: HOUR_MS },
  delayMs: [0, 0],
}

/** For `expect.poll`, whose default of one second is too short for a busy machine. */
export const PATIENCE = { timeout: 10_000 }

export interface MultiServer {
  server: MockServer
  /** Creates a service with the settings of `EASY`, except for the given ones. */
  create: (name: string, settings?: Partial<ServiceSettings>) => Promise<void>
}

/** Starts a server in multi mode on a free port for the current test. */
export async function startMulti(): Promise<MultiServer> {
  const server = await startMockServer({ port: 0 })
  onTestFinished(() => server.stop())
  return {
    server,
    async create(name, settings = {}) {
      const response = await createMockService(name, { ...EASY, ...settings }, server.url)
      expect(response.status).toBe(201)
    },
  }
}

/** Starts a server in single mode with the service `EASY` on a free port for the current test. */
export async function startSingle(): Promise<MockServer> {
  const server = await startMockServer({ port: 0, mode: 'single', defaultService: EASY })
  onTestFinished(() => server.stop())
  return server
}

export interface Answer {
  status: number
  body: unknown
  headers: Headers
}

/** Sends a request, and reads the whole response. */
export async function ask(server: MockServer, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${server.url}${path}`, init)
  return { status: response.status, body: await response.json(), headers: response.headers }
}

/** Sends several requests one after the other, and returns their statuses. */
export async function askInTurn(server: MockServer, path: string, times: number): Promise<number[]> {
  const statuses: number[] = []
  for (let count = 0; count < times; count += 1) statuses.push((await ask(server, path)).status)
  return statuses
}

/** Starts a request that takes its service an hour, and returns once it is in progress. */
export async function hold(server: MockServer, name: string): Promise<{ hangUp: () => void }> {
  const before = concurrencyOf(name)
  const client = new AbortController()
  const answer = fetch(`${server.url}/mock/${name}`, { signal: client.signal })
  answer.catch(() => 'it was hung up, as planned')
  await expect.poll(() => concurrencyOf(name), PATIENCE).toBe(before + 1)
  return { hangUp: () => client.abort() }
}

export const HELD = { latencyMs: { distribution: 'constant', value: HOUR_MS } } satisfies Partial<ServiceSettings>

/** Returns the number of requests in progress at a service of the server that was started last. */
export function concurrencyOf(name: string): number {
  return getServerState().services.get(name)?.getCurrentConcurrency() ?? 0
}
