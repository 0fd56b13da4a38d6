import { expect } from 'vitest'
import type { BatchView, TaskResultView } from '../../packages/contracts/src/index.ts'

/** The mock upstream, as workers reach it. */
const UPSTREAM = 'http://mock-upstream:19999'

/** A simulated service of the mock upstream. */
export interface Service {
  delayMs: [number, number]
}

/** What the mock upstream counted of a service. */
export interface ServiceStats {
  requests: number
  ok: number
}

/** A client that has nothing but the address of the API, and an API key. */
export class ApiClient {
  readonly #api: string
  readonly #readKey: () => Promise<string>
  #key: string | undefined

  /** @param readKey reads the API key, once. */
  constructor(api: string, readKey: () => Promise<string>) {
    this.#api = `${api}/v1`
    this.#readKey = readKey
  }

  async request(path: string, init?: RequestInit): Promise<Response> {
    const response = await this.send(path, init)
    if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`)
    return response
  }

  /** The same, whatever the answer is. */
  async send(path: string, init?: RequestInit): Promise<Response> {
    this.#key ??= await this.#readKey()
    const headers = { ...(init?.headers as Record<string, string> | undefined), 'x-api-key': this.#key }
    return await fetch(`${this.#api}${path}`, { ...init, headers })
  }

  /** A queue, and a service of the mock upstream of the same name that takes whatever comes. */
  async createLane(name: string, concurrency: number, service: Service): Promise<void> {
    await this.#send('PUT', `/queues/${name}`, { concurrency, retry: { maxAttempts: 5, minDelayMs: 100 } })
    const allowance = { maxConcurrency: 1000, rateLimit: { limit: 100_000, windowMs: 1000 } }
    await this.#callUpstream({ url: `${UPSTREAM}/service/${name}`, method: 'POST', body: { ...allowance, ...service } })
  }

  /** What arrived at the service of a lane. */
  async readStats(lane: string): Promise<ServiceStats> {
    const stats = (await this.#callUpstream({ url: `${UPSTREAM}/stats` })) as Record<string, ServiceStats>
    return stats[lane] ?? { requests: 0, ok: 0 }
  }

  async createBatch(lane: string, count: number): Promise<BatchView> {
    const tasks = Array.from({ length: count }, (_, index) => taskOf(lane, index))
    return await this.#send('POST', '/batches', { queue: lane, tasks })
  }

  async readBatch(id: string): Promise<BatchView> {
    return (await (await this.request(`/batches/${id}`)).json()) as BatchView
  }

  async readResults(id: string): Promise<TaskResultView[]> {
    const text = await (await this.request(`/batches/${id}/results`)).text()
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TaskResultView]))
  }

  /** Waits until so many tasks of a batch are completed. */
  async untilCompleted(id: string, count: number): Promise<void> {
    const completed = async () => (await this.readBatch(id)).counts.completed
    await expect.poll(completed, { timeout: 20_000, interval: 50 }).toBeGreaterThanOrEqual(count)
  }

  /** Waits until a batch is over. Answers that fail meanwhile, as the API or Redis is down, are asked for again. */
  async untilOver(id: string, timeoutMs = 60_000): Promise<BatchView> {
    const state = async () => (await this.readBatch(id)).state
    await expect.poll(state, { timeout: timeoutMs, interval: 100 }).not.toBe('active')
    return await this.readBatch(id)
  }

  /** Has a worker call the mock upstream, which is unreachable from outside, and returns what it answered. */
  async #callUpstream(payload: object): Promise<unknown> {
    const { id } = await this.#send<BatchView>('POST', '/batches', { tasks: [{ payload }] })
    await this.untilOver(id)
    const results = await this.readResults(id)
    expect(results).toMatchObject([{ state: 'completed' }])
    return (results[0]?.result as { body?: unknown } | null)?.body
  }

  async #send<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    const response = await this.request(path, { method, headers, body: JSON.stringify(body) })
    return (await response.json()) as Answer
  }
}

/** A task that calls the service of a lane, with its number as key. */
export function taskOf(lane: string, index: number): object {
  return { payload: { url: `${UPSTREAM}/mock/${lane}` }, key: `task-${index}` }
}

/** Holds when each task of a batch is recorded, once, as completed with what the upstream answered. */
export async function expectEachCompletedOnce(client: ApiClient, id: string, total: number): Promise<TaskResultView[]> {
  const { state, counts } = await client.readBatch(id)
  expect({ state, counts }).toEqual({
    state: 'completed',
    counts: { pending: 0, delayed: 0, running: 0, completed: total, failed: 0, cancelled: 0, total },
  })

  const results = await client.readResults(id)
  expect(results.map(({ seq, key }) => `${seq} ${key}`)).toEqual(
    Array.from({ length: total }, (_, index) => `${index} task-${index}`),
  )
  const odd = results.filter(({ result }) => (result as { status?: number } | null)?.status !== 200)
  expect(odd).toEqual([])
  return results
}
