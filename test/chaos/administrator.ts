import { setTimeout as sleep } from 'node:timers/promises'
import type { BatchView, LimitView, QueueView } from '../../packages/contracts/src/index.ts'
import type { Random } from '../../packages/engine/test/support/random.ts'
import { type Client, IN_PROGRESS_FOR_MS } from './client.ts'
import { Requests } from './requests.ts'
import type { Stage } from './stage.ts'

/** The queue that is always under a limit, and that limit. */
export const LIMITED = 'limited'

/** How many calls of that queue may start in any such time. */
export const ALLOWED = { max: 40, perMs: 2000 }

const RULES = { rules: [{ unit: 'requests', ...ALLOWED }], burstFactor: 1000 }

const QUEUES = ['q0', 'q1']
const LIMITS = ['l0', 'l1']

/** How long a paused queue is watched for calls. */
const PAUSE_WATCHED_MS = 1000

/** A pass of the reconciler, every 15 s, and the time it takes. */
const RECONCILED_WITHIN_MS = 25_000

/** Changes queues and limits through two APIs at once, while batches run in them. */
export class Administrator {
  readonly requests: Requests
  readonly problems: string[] = []
  /** How often each kind of race was run. */
  readonly races: Record<string, number> = {}
  readonly #stage: Stage
  readonly #random: Random
  readonly #client: Client
  #counter = 0

  /** @param client Sends and checks the batches in those queues. */
  constructor(stage: Stage, random: Random, client: Client) {
    this.#stage = stage
    this.#random = random
    this.#client = client
    this.requests = new Requests(stage, random)
  }

  async actUntil(signal: AbortSignal): Promise<void> {
    await this.#putLimit(LIMITED)
    await this.#putQueue(LIMITED, { limit: LIMITED })
    for (const queue of QUEUES) await this.#putQueue(queue, {})
    const acts = {
      'pause and unpause': () => this.#racePause(),
      'two concurrencies and a batch': () => this.#raceConcurrency(),
      'a queue deleted under new batches': () => this.#raceQueueDeletion(),
      'a limit deleted under a queue': () => this.#raceLimitDeletion(),
      'a limit in use changed and deleted': () => this.#raceLimitInUse(),
    }
    const names = Object.keys(acts) as (keyof typeof acts)[]
    while (!signal.aborted) {
      const name = this.#random.pick(names)
      await acts[name]()
      this.races[name] = (this.races[name] ?? 0) + 1
      await sleep(this.#random.int(50, 300))
    }
  }

  async #racePause(): Promise<void> {
    const queue = this.#random.pick(QUEUES)
    await Promise.all([this.#putQueue(queue, { paused: true }, 0), this.#putQueue(queue, { paused: false }, 1)])
  }

  async #raceConcurrency(): Promise<void> {
    const queue = this.#random.pick(QUEUES)
    const [one, other] = [this.#random.int(1, 4), this.#random.int(5, 20)]
    await Promise.all([
      this.#putQueue(queue, { concurrency: one }, 0),
      this.#putQueue(queue, { concurrency: other }, 1),
      this.#sendBatch(queue),
    ])
  }

  async #raceQueueDeletion(): Promise<void> {
    const queue = `x${(this.#counter += 1)}`
    await this.#putQueue(queue, {})
    const first = this.#sendBatch(queue)
    await sleep(this.#random.int(0, 40))
    await Promise.all([this.#sendBatch(queue), this.#sendBatch(queue), this.#delete(`/queues/${queue}`, 1), first])
  }

  async #raceLimitDeletion(): Promise<void> {
    const [queue, limit] = [this.#random.pick(QUEUES), this.#random.pick(LIMITS)]
    await this.#putLimit(limit)
    await Promise.all([this.#putQueue(queue, { limit }, 0), this.#delete(`/limits/${limit}`, 1)])
    await this.#sendBatch(queue)
  }

  /** A queue names the limit all the time, so its deletion must be refused, and what it granted must stay. */
  async #raceLimitInUse(): Promise<void> {
    const batch = { name: this.#newName(LIMITED), size: 60, settings: { queue: LIMITED, concurrency: 30 } }
    const sent = (await this.#isBehind()) ? undefined : this.#client.orNot(this.#client.send(batch))
    const [status] = await Promise.all([
      this.#delete(`/limits/${LIMITED}`, 0),
      this.#putLimit(LIMITED, 1),
      this.#putQueue(LIMITED, { limit: LIMITED }, 1),
      sent,
    ])
    // Redis may have lost that the queue is under the limit.
    if (status !== 409 && this.#stage.redis.isLossless)
      this.problems.push(`DELETE of the limit in use was answered ${status}`)
  }

  /** Whether the limited queue has enough to do. With more, the probe at the end would wait for minutes. */
  async #isBehind(): Promise<boolean> {
    const { status, body } = await this.requests.insist('GET', `/queues/${LIMITED}`, [200, 404])
    return status === 200 && (body as QueueView).activeBatches > 5
  }

  /** Sends a batch with its tasks in one request, which may come too late for its queue. */
  async #sendBatch(queue: string): Promise<void> {
    await this.#client.orNot(this.#createBatch(queue))
  }

  async #createBatch(queue: string): Promise<void> {
    const name = this.#newName(queue)
    this.#stage.upstream.behave(name)
    const size = this.#random.int(1, 20)
    const tasks = Array.from({ length: size }, (_, seq) => JSON.parse(this.#client.taskOf(name, seq)) as unknown)
    const retry = { maxAttempts: 20, minDelayMs: 20, maxDelayMs: 500 }
    const ask = { headers: { 'idempotency-key': name }, patienceMs: IN_PROGRESS_FOR_MS }
    const body = { code: name, queue, retry, tasks }
    const answer = await this.requests.send('POST', '/batches', [200, 201, 400], body, ask)
    if (answer.status !== 400) this.#client.adopt(name, (answer.body as BatchView).id, size)
    else if (answer.body.code !== 'SLUICE_QUEUE_UNKNOWN') this.problems.push(JSON.stringify(answer.body))
  }

  #newName(queue: string): string {
    return `admin-${queue}-${(this.#counter += 1)}`
  }

  async #putQueue(name: string, settings: Record<string, unknown>, via?: number): Promise<void> {
    const ask = via === undefined ? {} : { via }
    // A limit that the queue is to name may just have been deleted.
    await this.requests.send(
      'PUT',
      `/queues/${name}`,
      [200, 201, 400],
      { concurrency: 10, interruptionCriteria: {}, ...settings },
      ask,
    )
  }

  async #putLimit(name: string, via?: number): Promise<void> {
    const ask = via === undefined ? {} : { via }
    await this.requests.send('PUT', `/limits/${name}`, [200, 201], RULES, ask)
  }

  async #delete(path: string, via: number): Promise<number> {
    return (await this.requests.insist('DELETE', path, [204, 404, 409], { via })).status
  }

  /** Compares what each queue does with what it says, in calm, and leaves none of them paused. */
  async checkQueues(): Promise<string[]> {
    const queues = await this.#all<QueueView>('queues')
    return (await Promise.all(queues.map(({ name }) => this.#checkQueue(name)))).flat()
  }

  /** A pass of the reconciler may have to come first. */
  async #checkQueue(name: string): Promise<string[]> {
    const deadline = performance.now() + RECONCILED_WITHIN_MS
    for (;;) {
      const problems = await this.#probeQueue(await this.#readQueue(name))
      if (problems.length === 0 || performance.now() > deadline) return problems
    }
  }

  async #probeQueue({ name, paused, concurrency, limit }: QueueView): Promise<string[]> {
    const { upstream } = this.#stage
    const problems: string[] = []
    if (limit !== null && !(await this.#hasLimit(limit))) problems.push(`queue ${name} has the missing limit ${limit}`)
    const code = this.#newName(name)
    const behaviour = () => ({ status: 200, delayMs: 100 })
    const settings = { queue: name, concurrency: undefined }
    await this.#client.send({ name: code, size: 2 * concurrency, behaviour, settings })
    if (paused) {
      await sleep(PAUSE_WATCHED_MS)
      if (upstream.peakOf(code) > 0) problems.push(`queue ${name} says that it is paused, and runs`)
      await this.#putQueue(name, { concurrency, limit, paused: false })
    }
    if (!(await this.#untilCalled(code))) problems.push(`queue ${name} says that it is not paused, and does not run`)
    const peak = upstream.peakOf(code)
    if (peak > concurrency) problems.push(`queue ${name} ran ${peak} tasks at once; its concurrency is ${concurrency}`)
    return problems
  }

  /** Waits until a batch runs, and somewhat longer. Others in its queue may come first. */
  async #untilCalled(code: string): Promise<boolean> {
    const deadline = performance.now() + RECONCILED_WITHIN_MS
    while (this.#stage.upstream.peakOf(code) === 0 && performance.now() < deadline) await sleep(20)
    await sleep(300)
    return this.#stage.upstream.peakOf(code) > 0
  }

  async #readQueue(name: string): Promise<QueueView> {
    return (await this.requests.insist('GET', `/queues/${name}`, [200])).body as QueueView
  }

  async #hasLimit(name: string): Promise<boolean> {
    return (await this.requests.insist('GET', `/limits/${name}`, [200, 404])).status === 200
  }

  /** Deletes all queues and limits. */
  async deleteAll(): Promise<void> {
    for (const { name } of await this.#all<QueueView>('queues')) {
      if (name !== 'default') await this.requests.insist('DELETE', `/queues/${name}`, [204, 404])
    }
    for (const { name } of await this.#all<LimitView>('limits'))
      await this.requests.insist('DELETE', `/limits/${name}`, [204, 404])
  }

  async #all<Row>(list: 'queues' | 'limits'): Promise<Row[]> {
    const rows: Row[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`
      const { body } = await this.requests.insist('GET', `/${list}${query}`, [200])
      rows.push(...(body[list] as Row[]))
      cursor = (body.nextCursor as string | null | undefined) ?? null
    }
    return rows
  }
}
