import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Actor } from './actor.ts'
import { ClusteredRedis } from './clustered-redis.ts'
import { SingleRedis } from './single-redis.ts'
import type { Form, Storage } from './storage.ts'
import { Upstream } from './upstream.ts'

const APIS = 2
const WORKERS = 3

/** Keys that stay when all batches, queues and limits are deleted: they are bounded or expire. */
const STAYING = [
  /^sluice:\{registry\}:(version|deleted-queues|deleted-limits|task-tally)$/,
  /^sluice:(health|bulks|idempotency:.*|detections?(:.*)?|detections-of:.*)$/,
  /^sluice:\{(workers|audit)\}:/,
  /^sluice:\{queue:default\}:idle$/,
  /^\{sluice\}:(maintenance|detections):/,
  /^\{sluice:default\}:default:(meta|events|id|pc|marker)$/,
]

/** A whole installation: Redis with its data on disk, two APIs, three workers, and what these call. */
export class Stage {
  readonly redis: Storage
  readonly upstream: Upstream
  readonly apis: readonly Actor[]
  readonly workers: readonly Actor[]

  private constructor(fields: Pick<Stage, 'redis' | 'upstream' | 'apis' | 'workers'>) {
    this.redis = fields.redis
    this.upstream = fields.upstream
    this.apis = fields.apis
    this.workers = fields.workers
  }

  static async open(form: Form): Promise<Stage> {
    const [redis, upstream] = [await startStorage(form), await Upstream.start()]
    const create = (app: 'api' | 'worker', count: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => Actor.create(app, i, redis.url, upstream.host)))
    const stage = new Stage({
      redis,
      upstream,
      apis: await create('api', APIS),
      workers: await create('worker', WORKERS),
    })
    await stage.startAll()
    return stage
  }

  get actors(): readonly Actor[] {
    return [...this.apis, ...this.workers]
  }

  async startAll(): Promise<void> {
    await Promise.all(this.actors.map((actor) => actor.start()))
  }

  /** Leads all processes to another Redis, as when the address of the master moves to its replica. */
  redirect(url: string): void {
    for (const { link } of this.actors) link?.redirect(url)
  }

  /** Keys that show a ticket of any kind, and leases that hold tasks. */
  async findLeftovers(): Promise<string[]> {
    const keys = await this.redis.keys()
    const ticket = /^\{sluice:.*\}:.*:((wait|active|delayed|prioritized|paused)$|[a-z0-9]+\.\d+(:lock)?$)/
    const leases = keys.filter((key) => /^sluice:\{batch:.*\}:leases$/.test(key))
    const held = await this.redis.ask((redis) =>
      Promise.all(leases.map(async (key) => ({ key, runs: await redis.hvals(key) }))),
    )
    const holding = held.filter(({ runs }) => runs.some((run) => run.split(' ').length > 3))
    return [...keys.filter((key) => ticket.test(key)), ...holding.map(({ key, runs }) => `${key} ${runs.join(', ')}`)]
  }

  /** Keys that should be gone when everything is deleted. Drafts of dead APIs go a minute after their creation began. */
  async findKeysLeft(): Promise<string[]> {
    const keys = await this.redis.keys()
    const drafts = keys.find((key) => /^sluice:.*drafts$/.test(key)) ?? ''
    const ids = await this.redis.ask((redis) => redis.zrange(drafts, '0', '-1'))
    const isOfDraft = (key: string) => key === drafts || ids.some((id) => key.startsWith(`sluice:{batch:${id}}:`))
    return keys.filter((key) => !isOfDraft(key) && !STAYING.some((pattern) => pattern.test(key)))
  }

  /** Lines of logs that warn of a leak or of an error that nothing caught. */
  findWarnings(): string[] {
    const warning = /MaxListenersExceededWarning|UnhandledPromiseRejection|possible EventEmitter memory leak/i
    return this.actors.flatMap(({ name, log }) =>
      log.split('\n').flatMap((line) => (warning.test(line) ? [`${name}: ${line}`] : [])),
    )
  }

  /** How long after workers were killed the calls that they had been making were made again, in ms, sorted. */
  returnsAfterKills(): number[] {
    const kills = this.workers.flatMap((worker) => worker.kills)
    const gaps = this.upstream.gapsAfter((at) => kills.some((kill) => at >= kill && at < kill + 1000))
    return gaps.toSorted((a, b) => a - b)
  }

  /** Writes what all processes have said into files, and returns their folder. */
  async saveLogs(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-chaos-'))
    const save = (name: string, text: string) => writeFile(join(folder, `${name.replace(' ', '-')}.log`), text)
    await Promise.all(this.actors.map(({ name, log }) => save(name, log)))
    return folder
  }

  async close(): Promise<void> {
    await Promise.all(this.actors.map((actor) => actor.discard()))
    this.upstream.close()
    await this.redis.stop()
  }
}

async function startStorage(form: Form): Promise<Storage> {
  return form === 'cluster' ? await ClusteredRedis.start() : await SingleRedis.start(form)
}
