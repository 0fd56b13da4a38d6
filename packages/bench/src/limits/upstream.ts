import { freePort, startProcess, type RunningProcess } from '@sluice/testing/servers'

const mockMain = new URL('../../../../apps/mock-upstream/src/main.ts', import.meta.url)

/** One accepted request, by the upstream's own clock, in ms. */
export interface Arrival {
  at: number
  tokens: number
}

interface ServiceStats {
  rateLimited: number
  requestTimes: number[]
}

/** The mock upstream in a process of its own, with a service for each weight, so that its record shows what arrived. */
export class Upstream implements AsyncDisposable {
  readonly #process: RunningProcess
  readonly #url: string

  private constructor(process: RunningProcess, url: string) {
    this.#process = process
    this.#url = url
  }

  static async start(): Promise<Upstream> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const env = { MOCK_MODE: 'multi', MOCK_PORT: String(port) }
    const upstream = new Upstream(await startProcess({ entry: mockMain, env, ready: /listens at/ }), url)
    return upstream
  }

  /** Takes all calls, and answers after 40 to 80 ms. */
  async serve(weights: readonly number[]): Promise<void> {
    for (const weight of weights) await this.#put(`t${weight}`, { rateLimit: { limit: 1_000_000, windowMs: 1000 } })
    // Refuses every call but one in two seconds, and says when to come again.
    const refuser = { rateLimit: { limit: 1, windowMs: 2000 }, limiter: 'fixed', retryAfter: true }
    await this.#put('refuser', refuser)
  }

  urlOf(weight: number): string {
    return `${this.#url}/mock/t${weight}`
  }

  get refuserUrl(): string {
    return `${this.#url}/mock/refuser`
  }

  /** What was accepted, in order, and how many calls were refused. */
  async arrivals(): Promise<{ arrivals: Arrival[]; refused: number }> {
    const stats = (await (await fetch(`${this.#url}/stats`)).json()) as Record<string, ServiceStats>
    const arrivals = Object.entries(stats).flatMap(([service, { requestTimes }]) =>
      requestTimes.map((at) => ({ at, tokens: Number(service.slice(1)) || 0 })),
    )
    const refused = Object.values(stats).reduce((sum, { rateLimited }) => sum + rateLimited, 0)
    return { arrivals: arrivals.toSorted((a, b) => a.at - b.at), refused }
  }

  /** Begins a new record. */
  async forget(): Promise<void> {
    await fetch(`${this.#url}/stats`, { method: 'DELETE' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill()
  }

  async #put(service: string, settings: object): Promise<void> {
    const body = JSON.stringify({ maxConcurrency: 100_000, delayMs: [40, 80], ...settings })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${this.#url}/service/${service}`, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`The mock upstream refused a service: ${await response.text()}`)
  }
}
