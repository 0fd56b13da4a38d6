import { countBatches } from '../batch/count-batches.ts'
import { findBatch } from '../batch/read-batch.ts'
import type { Engine } from '../engine.ts'
import { onceReadOffers, type ReadOffers } from '../heartbeat/offers.ts'
import { grantsQueue } from '../model/api-key.ts'
import type { Batch, BatchState } from '../model/batch.ts'
import type { Reach } from '../model/reach.ts'
import { batchContent } from './batch-content.ts'
import { type Entry, MOST_OBJECTS, type Tick, type TopicLook } from './topic-look.ts'

/** Fields of a batch that change when anything in its own keys does that a view shows. */
const PROBED = [
  'state',
  'version',
  'completed',
  'failed',
  'started',
  'pending',
  'delayed',
  'running',
  'total',
  'sealed',
  'postponements',
  'retries',
  'paused_until',
] as const

const UNFINISHED = ['active', 'interrupted'] as const

/** What lies outside of a batch, such as a paused queue, also changes its view. */
const READ_AGAIN_MS = 5000

/** For how long a watcher may be slow and still get the last state of a batch that has ended. */
const ENDED_KEPT_MS = 60_000

/** Batches that are examined for the newest ones of some queues. */
const MOST_EXAMINED = 2000

/** A batch of the topic. */
interface Known {
  entry: Entry
  probe: Probe
  readAt: number
}

/** The probed fields, and their numbers. */
interface Probe {
  text: string
  completed: number
  failed: number
  running: number
  waiting: number
}

/**
 * Looks at the newest active and interrupted batches that a client reaches. A batch is read in full
 * when one of its probed fields has changed, so that many batches that wait cost little.
 */
export class UnfinishedBatches {
  readonly #engine: Engine
  readonly #reach: Reach
  readonly #queues = new Map<string, string>()
  readonly #ended = new Map<string, { entry: Entry; until: number }>()
  #known = new Map<string, Known>()
  #lookedAt: number | undefined

  constructor(engine: Engine, reach: Reach) {
    this.#engine = engine
    this.#reach = reach
  }

  async look(): Promise<TopicLook> {
    const begunAt = performance.now()
    const [ids, counts] = await Promise.all([
      this.#newest(),
      this.#reach.queues === null ? countBatches(this.#engine, this.#reach.tenant) : null,
    ])
    const read = onceReadOffers(this.#engine)
    const found = await Promise.all(ids.map(async (id) => [id, await this.#lookAt(id, begunAt, read)] as const))
    const known = new Map(found.filter((each): each is [string, Known] => each[1] !== undefined))
    const rates = this.#ratesOf(known, begunAt)
    await this.#noteEnded(known, begunAt, read)
    this.#known = known
    const entries = new Map([...known].filter(([id]) => !this.#ended.has(id)).map(([id, { entry }]) => [id, entry]))
    const ended = new Map([...this.#ended].map(([id, { entry }]) => [id, entry]))
    return { begunAt, content: String(begunAt), entries, ended, tick: rates && { batches: counts, ...rates } }
  }

  /** The ids of the newest batches, newest first. */
  async #newest(): Promise<string[]> {
    const { redis, keys } = this.#engine
    const { tenant, queues } = this.#reach
    const index = (state: BatchState) =>
      tenant === null ? keys.batchesInState(state) : keys.batchesOfInState(tenant, state)
    const last = (queues === null ? MOST_OBJECTS : MOST_EXAMINED) - 1
    const rows = await Promise.all(UNFINISHED.map((state) => redis.zrevrange(index(state), 0, last, 'WITHSCORES')))
    const ids = rows
      .flatMap((row) => row.flatMap((id, i) => (i % 2 === 0 ? [{ id, createdAt: Number(row[i + 1]) }] : [])))
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id)
    return (await this.#grantedOf(ids)).slice(0, MOST_OBJECTS)
  }

  async #grantedOf(ids: string[]): Promise<string[]> {
    if (this.#reach.queues === null) return ids
    const listed = new Set(ids)
    for (const id of this.#queues.keys()) if (!listed.has(id)) this.#queues.delete(id)
    const queues = await Promise.all(ids.map(async (id) => await this.#queueOf(id)))
    return ids.filter((_id, i) => grantsQueue(this.#reach.queues, queues[i] ?? ''))
  }

  /** The queue of a batch never changes. */
  async #queueOf(id: string): Promise<string> {
    const { redis, keys } = this.#engine
    const queue = this.#queues.get(id) ?? (await redis.hget(keys.batch(id).meta, 'queue')) ?? ''
    this.#queues.set(id, queue)
    return queue
  }

  async #lookAt(id: string, now: number, read: ReadOffers): Promise<Known | undefined> {
    const known = this.#known.get(id)
    const probe = await this.#probe(id)
    const isFresh = known !== undefined && known.probe.text === probe.text && now - known.readAt < READ_AGAIN_MS
    if (isFresh) return known
    const batch = await findBatch(this.#engine, id, read)
    if (batch === undefined) return undefined
    const content = batchContent(batch)
    const entry = known?.entry.content === content ? known.entry : { object: batch, content }
    return { entry, probe, readAt: now }
  }

  async #probe(id: string): Promise<Probe> {
    const values = await this.#engine.redis.hmget(this.#engine.keys.batch(id).meta, ...PROBED)
    const number = (name: (typeof PROBED)[number]) => Number(values[PROBED.indexOf(name)] ?? 0)
    const running = number('started')
    return {
      text: values.join(' '),
      completed: number('completed'),
      failed: number('failed'),
      running,
      waiting: number('pending') + number('delayed') + number('running') - running,
    }
  }

  /** Keeps the last state of batches that have ended since the last look. */
  async #noteEnded(known: ReadonlyMap<string, Known>, now: number, read: ReadOffers): Promise<void> {
    for (const [id, { until }] of this.#ended) if (until < now || isUnfinished(known.get(id))) this.#ended.delete(id)
    const left = [...this.#known.keys()].filter((id) => !known.has(id) && !this.#ended.has(id))
    const batches = await Promise.all(left.map((id) => findBatch(this.#engine, id, read)))
    const lagging = [...known.values()].filter((each) => !isUnfinished(each)).map(({ entry }) => entry.object as Batch)
    for (const batch of [...batches, ...lagging]) {
      if (batch === undefined || !isOver(batch)) continue
      this.#ended.set(batch.id, { entry: { object: batch, content: batchContent(batch) }, until: now + ENDED_KEPT_MS })
    }
  }

  /** What has changed since the last look. Undefined: this is the first one. */
  #ratesOf(known: ReadonlyMap<string, Known>, now: number): Omit<Tick, 'batches'> | undefined {
    const seconds = this.#lookedAt === undefined ? 0 : (now - this.#lookedAt) / 1000
    this.#lookedAt = now
    if (seconds === 0) return undefined
    const sum = { completedPerSecond: 0, failedPerSecond: 0, running: 0, waiting: 0 }
    for (const [id, { probe }] of known) {
      const before = this.#known.get(id)?.probe ?? probe
      sum.completedPerSecond += Math.max(0, probe.completed - before.completed) / seconds
      sum.failedPerSecond += Math.max(0, probe.failed - before.failed) / seconds
      sum.running += probe.running
      sum.waiting += probe.waiting
    }
    return sum
  }
}

function isOver({ state }: Batch): boolean {
  return state === 'completed' || state === 'cancelled'
}

function isUnfinished(known: Known | undefined): boolean {
  return known !== undefined && !isOver(known.entry.object as Batch)
}
