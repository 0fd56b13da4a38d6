import { freePort, startProcess, type RunningProcess } from '@sluice/testing/servers'

const mockMain = new URL('../../../../apps/mock-upstream/src/main.ts', import.meta.url)

/** One accepted request: its time by the upstream's own clock, in ms, and its weight in tokens. */
export interface Arrival {
  at: number
  tokens: number
}

interface ServiceStats {
  rateLimited: number
  requestTimes: number[]
}

/** The mock upstream in its own process, with one service per weight, so that its record shows what arrived. */
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

  /** Creates a service per weight that accepts all calls, and answers them after 40 to 80 ms. */
  async serve(weights: readonly number[]): Promise<void> {
    for (const weight of weights) await this.#put(`t${weight}`, { rateLimit: { limit: 1_000_000, windowMs: 1000 } })
    // Accepts one call in two seconds, and answers the others with 429 and Retry-After.
    const refuser = { rateLimit: { limit: 1, windowMs: 2000 }, limiter: 'fixed', retryAfter: true }
    await this.#put('refuser', refuser)
  }

  urlOf(weight: number): string {
    return `${this.#url}/mock/t${weight}`
  }

  get refuserUrl(): string {
    return `${this.#url}/mock/refuser`
  }

  /** Returns the accepted calls in order, and the number of refused ones. */
  async arrivals(): Promise<{ arrivals: Arrival[]; refused: number }> {
    const stats = (await (await fetch(`${this.#url}/stats`)).json()) as Record<string, ServiceStats>
    const arrivals = Object.entries(stats).flatMap(([service, { requestTimes }]) =>
      requestTimes.map((at) => ({ at, tokens: Number(service.slice(1)) || 0 })),
    )
    const refused = Object.values(stats).reduce((sum, { rateLimited }) => sum + rateLimited, 0)
    return { arrivals: arrivals.toSorted((a, b) => a.at - b.at), refused }
  }

  /** Clears the record. */
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
