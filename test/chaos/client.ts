import { setTimeout as sleep } from 'node:timers/promises'
import type {
  BatchView,
  InterruptionView,
  ReportView,
  TaskResultView,
  TaskView,
} from '../../packages/contracts/src/index.ts'
import type { Random } from '../../packages/engine/test/support/random.ts'
import { InVainError, Requests } from './requests.ts'
import type { BatchRecord, Loss, SentBatch } from './sent-batch.ts'
import type { Stage } from './stage.ts'
import type { Behaviour } from './upstream.ts'

/** For how long a client waits for a batch to change. */
const PATIENCE_MS = 60_000

/** For how long a client asks for a batch that is said to be under creation, before it takes another name. */
export const IN_PROGRESS_FOR_MS = 6000

interface NewBatch {
  name: string
  size: number
  settings?: Record<string, unknown> & { interruptionCriteria?: object }
  /** How the upstream answers at first. */
  behaviour?: Behaviour
  /** For how long each task blocks its worker. */
  blockMs?: number
  isExact?: boolean
}

/** A client as every client should be. It sends batches, and keeps in mind what it was promised. */
export class Client {
  readonly sent: SentBatch[] = []
  readonly losses: Loss[] = []
  readonly requests: Requests
  readonly #stage: Stage
  readonly #random: Random

  constructor(stage: Stage, random: Random) {
    this.#stage = stage
    this.#random = random
    this.requests = new Requests(stage, random)
  }

  /**
   * Lets a batch be given up whose creation was in vain, and returns whether it was not. An API that dies while it creates a
   * batch leaves its code taken until the reconciler discards the draft.
   */
  async orNot(sending: Promise<unknown>): Promise<boolean> {
    try {
      await sending
      return true
    } catch (error) {
      if (error instanceof InVainError) return false
      throw error
    }
  }

  /** Creates a batch, sends its tasks, and seals it. */
  async send(batch: NewBatch): Promise<SentBatch> {
    const sent = await this.open(batch)
    await this.seal(sent)
    return sent
  }

  /** Creates a batch and sends its tasks. */
  async open({ name, size, settings, behaviour, blockMs, isExact = false }: NewBatch): Promise<SentBatch> {
    this.#stage.upstream.behave(name, behaviour)
    const type = blockMs === undefined ? 'http' : 'block'
    const retry = { maxAttempts: isExact ? 1 : 20, minDelayMs: 20, maxDelayMs: 500 }
    // Without the criteria of its queue, a batch ends however its upstream behaves, unless it is sent to stop.
    const interruptionCriteria = { maxConsecutiveFailures: null, stopOn: null, ...settings?.interruptionCriteria }
    const all = { code: name, type, concurrency: this.#random.int(2, 12), retry, ...settings, interruptionCriteria }
    const ask = { headers: { 'idempotency-key': name }, patienceMs: IN_PROGRESS_FOR_MS }
    const { body: created } = await this.requests.send('POST', '/batches', [200, 201], all, ask)
    const batch = newlySent({
      name,
      id: (created as BatchView).id,
      size,
      isExact,
      mayBeLimited: settings?.['queue'] !== undefined,
    })
    this.sent.push(batch)
    await this.#upload(batch, 0, blockMs)
    return batch
  }

  /** Counts a batch that was created in another way among the client's own. */
  adopt(name: string, id: string, size: number): SentBatch {
    const batch = newlySent({ name, id, size, isExact: false, mayBeLimited: true })
    this.sent.push(batch)
    return batch
  }

  /** Sends the tasks from an offset on. An offset that Redis does not know any more is a loss, and sent again. */
  async #upload(batch: SentBatch, from: number, blockMs?: number): Promise<void> {
    let offset = from
    while (offset < batch.size) {
      const count = Math.min(batch.size - offset, this.#random.int(20, 150))
      const body = Array.from({ length: count }, (_, i) => `${this.taskOf(batch.name, offset + i, blockMs)}\n`).join('')
      const headers = { 'content-type': 'application/x-ndjson' }
      const path = `/batches/${batch.id}/tasks?offset=${offset}`
      const { status, body: said } = await this.requests.insist('POST', path, [200, 404, 409], { headers, body })
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

  /** A task as the API takes it, in JSON. */
  taskOf(name: string, seq: number, blockMs?: number): string {
    const payload = { url: this.#stage.upstream.urlOf(name, seq), ...(blockMs !== undefined && { blockMs }) }
    return JSON.stringify({ key: `${name}/${seq}`, payload })
  }

  /** Waits until a batch is as it should be, or gone. Returns false if it is neither after a minute. */
  async waitFor(batch: SentBatch, isWanted: (view: BatchView) => boolean): Promise<boolean> {
    const deadline = performance.now() + PATIENCE_MS
    while (performance.now() < deadline) {
      const view = await this.read(batch)
      if (!view || isWanted(view)) return true
      await sleep(this.#random.int(10, 60))
    }
    return false
  }

  async seal(batch: SentBatch): Promise<void> {
    const { status } = await this.requests.insist('POST', `/batches/${batch.id}/seal`, [200, 404, 409])
    notePromise(batch, status)
  }

  async cancel(batch: SentBatch): Promise<void> {
    const { status } = await this.requests.insist('POST', `/batches/${batch.id}/cancel`, [200, 404, 409])
    // A batch that had been completed cannot be cancelled any more.
    if (status === 200) batch.isCancelled = true
    notePromise(batch, status)
  }

  async read(batch: SentBatch): Promise<BatchView | undefined> {
    const { status, body } = await this.requests.insist('GET', `/batches/${batch.id}`, [200, 404])
    return status === 200 ? (body as BatchView) : undefined
  }

  /** All there is to know of a batch, when nothing is wrong any more; undefined when it is gone. */
  async readAll(batch: SentBatch): Promise<BatchRecord | undefined> {
    if ((await this.read(batch)) === undefined) return undefined
    const read = async (path: string) => (await this.requests.insist('GET', `/batches/${batch.id}${path}`, [200])).body
    const lines = String(await read('/results')).split('\n')
    const { tasks } = (await read('/tasks?pageSize=1000')) as { tasks: TaskView[] }
    const { interruptions } = (await read('/interruptions')) as { interruptions: InterruptionView[] }
    const results = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as TaskResultView)
    const [view, report] = [(await read('')) as BatchView, (await read('/report')) as ReportView]
    return { view, tasks, report, results, interruptions }
  }

  /** Sees that the batch is as it was promised, and sends again what was lost. */
  async makeWhole(batch: SentBatch): Promise<void> {
    const view = await this.read(batch)
    if (!view) return batch.deletion === 'none' ? this.#lose(batch, 'the batch') : undefined
    if (view.counts.total < batch.size) {
      this.#lose(batch, `${batch.size - view.counts.total} of ${batch.size} tasks`)
      await this.#upload(batch, view.counts.total)
    }
    if (!view.sealed) {
      this.#lose(batch, 'its seal')
      await this.seal(batch)
    }
    // A request that this client had long given up may have been carried out by an API that was frozen meanwhile.
    if (view.state === 'interrupted') await this.requests.insist('POST', `/batches/${batch.id}/resume`, [200, 409])
    if (batch.isCancelled && view.state !== 'cancelled') {
      this.#lose(batch, 'its cancellation')
      await this.cancel(batch)
    }
  }

  #lose(batch: SentBatch, what: string): void {
    this.losses.push({ batch: batch.name, what, promisedAt: batch.promisedAt })
  }
}

/** A batch that is not there any more was promised earlier. */
export function notePromise(batch: SentBatch, status: number): void {
  if (status !== 404) batch.promisedAt = Date.now()
}

function newlySent(fields: Pick<SentBatch, 'name' | 'id' | 'size' | 'isExact' | 'mayBeLimited'>): SentBatch {
  return {
    ...fields,
    promisedAt: Date.now(),
    isCancelled: false,
    isRetried: false,
    deletion: 'none',
    interrupts: { confirmed: 0, sent: 0 },
  }
}
