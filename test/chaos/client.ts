import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchView, ReportView, TaskResultView, TaskView } from '../../packages/contracts/src/index.ts'
import type { Random } from '../../packages/engine/test/support/random.ts'
import type { Stage } from './stage.ts'

const ANSWER_WITHIN_MS = 5000

interface Answer {
  status: number
  body: any
}

/** A promise that the API has made, and that Redis has not kept. */
export interface Loss {
  batch: string
  what: string
  promisedAt: number
}

/** What a client knows of a batch it sent. */
export interface SentBatch {
  name: string
  id: string
  size: number
  /** When the API last promised something about it. */
  promisedAt: number
  isCancelled: boolean
  isRetried: boolean
}

/** What the API says of a batch in the end. */
export interface BatchRecord {
  view: BatchView
  tasks: TaskView[]
  report: ReportView
  results: TaskResultView[]
}

/** A client as every client should be: it asks again after any error, until it has an answer. */
export class Client {
  readonly sent: SentBatch[] = []
  readonly losses: Loss[] = []
  /** Requests that got no answer, or one to be asked again. */
  repeats = 0
  readonly #stage: Stage
  readonly #random: Random
  readonly #name: string

  constructor(stage: Stage, random: Random, name: string) {
    this.#stage = stage
    this.#random = random
    this.#name = name
  }

  /** Sends batch after batch, each with random operations, until the signal is aborted. */
  async sendUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#sendBatch(`${this.#name}-${this.sent.length}`)
  }

  async #sendBatch(name: string): Promise<void> {
    const size = this.#random.int(50, 400)
    const concurrency = this.#random.int(2, 12)
    const id = await this.#create(name, concurrency)
    const batch: SentBatch = { name, id, size, promisedAt: Date.now(), isCancelled: false, isRetried: false }
    this.sent.push(batch)
    await this.#upload(batch, 0)
    if (this.#random.chance(0.3)) await this.#interruptAndResume(batch)
    await this.seal(batch)
    if (this.#random.chance(0.2)) await this.#retry(batch)
    if (this.#random.chance(0.15)) await this.cancel(batch)
  }

  async #create(name: string, concurrency: number): Promise<string> {
    const retry = { maxAttempts: 20, minDelayMs: 20, maxDelayMs: 500 }
    const headers = { 'content-type': 'application/json', 'idempotency-key': name }
    const body = JSON.stringify({ code: name, concurrency, retry })
    const { body: created } = await this.#insist('POST', '/batches', [200, 201], { headers, body })
    return (created as BatchView).id
  }

  /** Sends the tasks from an offset on. An offset that Redis does not know any more is a loss, and sent again. */
  async #upload(batch: SentBatch, from: number): Promise<void> {
    let offset = from
    while (offset < batch.size) {
      const count = Math.min(batch.size - offset, this.#random.int(20, 150))
      const body = Array.from({ length: count }, (_, i) => this.#line(batch, offset + i)).join('')
      const headers = { 'content-type': 'application/x-ndjson' }
      const path = `/batches/${batch.id}/tasks?offset=${offset}`
      const { status, body: said } = await this.#insist('POST', path, [200, 404, 409], { headers, body })
      if (status === 200) {
        offset += count
        batch.promisedAt = Date.now()
      } else if (said.code === 'SLUICE_OFFSET_GAP') {
        this.#lose(batch, `${offset - said.total} of ${offset} tasks`)
        offset = said.total
      } else {
        this.#lose(batch, `the batch: ${JSON.stringify(said)}`)
        return
      }
    }
  }

  #line({ name }: SentBatch, seq: number): string {
    return `${JSON.stringify({ key: `${name}/${seq}`, payload: { url: `http://${this.#stage.upstream}/` } })}\n`
  }

  async #interruptAndResume(batch: SentBatch): Promise<void> {
    await this.#insist('POST', `/batches/${batch.id}/interrupt`, [200, 404, 409])
    await sleep(this.#random.int(0, 500))
    await this.#insist('POST', `/batches/${batch.id}/resume`, [200, 404, 409])
  }

  async #retry(batch: SentBatch): Promise<void> {
    batch.isRetried = true
    await this.#insist('POST', `/batches/${batch.id}/retry`, [200, 404, 409])
  }

  async seal(batch: SentBatch): Promise<void> {
    await this.#insist('POST', `/batches/${batch.id}/seal`, [200, 404, 409])
    batch.promisedAt = Date.now()
  }

  async cancel(batch: SentBatch): Promise<void> {
    const { status } = await this.#insist('POST', `/batches/${batch.id}/cancel`, [200, 404, 409])
    // A batch that had been completed cannot be cancelled any more.
    if (status === 200) batch.isCancelled = true
    batch.promisedAt = Date.now()
  }

  async read(batch: SentBatch): Promise<BatchView | undefined> {
    const { status, body } = await this.#insist('GET', `/batches/${batch.id}`, [200, 404])
    return status === 200 ? (body as BatchView) : undefined
  }

  /** All there is to know of a batch, when nothing is wrong any more; undefined when it is gone. */
  async readAll(batch: SentBatch): Promise<BatchRecord | undefined> {
    const { id } = batch
    if ((await this.read(batch)) === undefined) return undefined
    const read = async (path: string) => (await this.#insist('GET', `/batches/${id}${path}`, [200])).body
    const lines = String(await read('/results'))
      .split('\n')
      .filter((line) => line !== '')
    const { tasks } = (await read('/tasks?pageSize=1000')) as { tasks: TaskView[] }
    const view = (await read('')) as BatchView
    return { view, tasks, report: (await read('/report')) as ReportView, results: lines.map(parseResult) }
  }

  /** Sees that the batch is as it was promised, and sends again what was lost. */
  async makeWhole(batch: SentBatch): Promise<void> {
    const view = await this.read(batch)
    if (!view) return this.#lose(batch, 'the batch')
    if (view.counts.total < batch.size) {
      this.#lose(batch, `${batch.size - view.counts.total} of ${batch.size} tasks`)
      await this.#upload(batch, view.counts.total)
    }
    if (!view.sealed) {
      this.#lose(batch, 'its seal')
      await this.seal(batch)
    }
    // A request that this client had long given up may have been carried out by an API that was frozen meanwhile.
    if (view.state === 'interrupted') await this.#insist('POST', `/batches/${batch.id}/resume`, [200, 409])
    if (batch.isCancelled && view.state !== 'cancelled') {
      this.#lose(batch, 'its cancellation')
      await this.cancel(batch)
    }
  }

  #lose(batch: SentBatch, what: string): void {
    this.losses.push({ batch: batch.name, what, promisedAt: batch.promisedAt })
  }

  /** Asks one API or the other until it gets one of the answers it can do something with. */
  async #insist(method: string, path: string, expected: number[], init: RequestInit = {}): Promise<Answer> {
    for (;;) {
      const answer = await this.#ask(method, path, init)
      if (answer && expected.includes(answer.status)) return answer
      if (answer && answer.status < 500 && answer.status !== 409) {
        throw new Error(`${method} ${path} was answered ${answer.status}: ${JSON.stringify(answer.body)}`)
      }
      this.repeats += 1
      await sleep(this.#random.int(50, 400))
    }
  }

  async #ask(method: string, path: string, init: RequestInit): Promise<Answer | undefined> {
    const { baseUrl } = this.#random.pick(this.#stage.apis)
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS)
      const response = await fetch(`${baseUrl}/v1${path}`, { ...init, method, signal })
      const isJson = response.headers.get('content-type')?.includes('json') && !path.endsWith('/results')
      return { status: response.status, body: isJson ? await response.json() : await response.text() }
    } catch {
      return undefined
    }
  }
}

function parseResult(line: string): TaskResultView {
  return JSON.parse(line) as TaskResultView
}
