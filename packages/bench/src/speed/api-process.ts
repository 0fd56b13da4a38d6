import { Readable } from 'node:stream'
import { ANONYMOUS_API, freePort, type RunningProcess, startProcess } from '@sluice/testing/servers'

const apiMain = new URL('../../../../apps/api/src/main.ts', import.meta.url)

/** The API in its own process, with a client for the measured requests. */
export class ApiProcess implements AsyncDisposable {
  readonly url: string
  readonly #process: RunningProcess

  private constructor(url: string, process: RunningProcess) {
    this.url = url
    this.#process = process
  }

  /** @param settings besides those that every measured API has. */
  static async start(redisUrl: string, settings: Record<string, string> = {}): Promise<ApiProcess> {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const own = { SLUICE_REDIS_URL: redisUrl, SLUICE_PORT: String(port), SLUICE_LOG_LEVEL: 'warn' }
    const env = { ...ANONYMOUS_API, ...own, ...settings }
    return new ApiProcess(url, await startProcess({ entry: apiMain, ready: `${url}/readyz`, env }))
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Creates a batch and returns its id. */
  async create(submission: object): Promise<string> {
    const body = JSON.stringify(submission)
    const headers = { 'content-type': 'application/json' }
    const text = await this.#call('/v1/batches', { method: 'POST', headers, body })
    return (JSON.parse(text) as { id: string }).id
  }

  /** Streams NDJSON into a batch in one request. */
  async append(batchId: string, chunks: Iterable<string>, own: Record<string, string> = {}): Promise<void> {
    const headers = { ...own, 'content-type': 'application/x-ndjson' }
    const body = Readable.toWeb(Readable.from(chunks, { objectMode: false })) as ReadableStream
    await this.#call(`/v1/batches/${batchId}/tasks`, { method: 'POST', headers, body, duplex: 'half' })
  }

  async seal(batchId: string): Promise<void> {
    await this.#call(`/v1/batches/${batchId}/seal`, { method: 'POST' })
  }

  /** Reads a response to its end, and returns its size in bytes. */
  async read(path: string): Promise<number> {
    const response = await fetch(this.url + path)
    if (!response.ok || response.body === null) throw new Error(`The API answered ${path} with ${response.status}.`)
    let bytes = 0
    for await (const chunk of response.body) bytes += (chunk as Uint8Array).length
    return bytes
  }

  async #call(path: string, init: RequestInit): Promise<string> {
    const response = await fetch(this.url + path, init)
    const text = await response.text()
    if (!response.ok) throw new Error(`The API answered ${path} with ${response.status}: ${text.slice(0, 500)}`)
    return text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop()
  }
}
