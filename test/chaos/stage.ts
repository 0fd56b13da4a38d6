import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  freePort,
  openConnection,
  RedisLink,
  startProcess,
  startRedis,
  type RedisServer,
  type RunningProcess,
} from '@sluice/testing'

const APIS = 2
const WORKERS = 3

const program = (app: string) => new URL(`../../apps/${app}/src/main.ts`, import.meta.url)

/** How much Redis keeps when it is killed: everything, or everything but the last second. */
export type Durability = 'always' | 'everysec'

interface ActorOptions {
  app: string
  env: Record<string, string>
  ready: string
}

/** A process of the installation, with a way to Redis of its own, that ends and starts again under the same address. */
export class Actor {
  readonly name: string
  readonly link: RedisLink
  readonly baseUrl: string
  readonly #options: ActorOptions
  #running: RunningProcess | undefined
  #starts: Promise<void> | undefined
  #log = ''

  private constructor(name: string, link: RedisLink, baseUrl: string, options: ActorOptions) {
    this.name = name
    this.link = link
    this.baseUrl = baseUrl
    this.#options = options
  }

  static async create(app: string, index: number, redisUrl: string, upstream: string): Promise<Actor> {
    const port = String(await freePort())
    const link = await RedisLink.start(redisUrl)
    const own: Record<string, string> =
      app === 'api'
        ? { SLUICE_PORT: port }
        : { SLUICE_METRICS_PORT: port, SLUICE_HTTP_ALLOW_HOSTS: upstream, SLUICE_SHUTDOWN_GRACE_MS: '3000' }
    const baseUrl = `http://127.0.0.1:${port}`
    const env = { SLUICE_REDIS_URL: link.url, ...own }
    return new Actor(`${app} ${index + 1}`, link, baseUrl, { app, env, ready: `${baseUrl}/healthz` })
  }

  /** All it has written, over all its starts. */
  get log(): string {
    return this.#log + (this.#running?.output ?? '')
  }

  /** Whether it has ended by itself. */
  get hasDied(): boolean {
    return this.#running?.hasExited === true
  }

  /** Starts it, if it does not run. Waiting twice starts it once. */
  async start(): Promise<void> {
    this.#starts ??= this.#start().finally(() => (this.#starts = undefined))
    await this.#starts
  }

  async #start(): Promise<void> {
    if (this.#running) return
    const { app, env, ready } = this.#options
    this.#running = await startProcess({ entry: program(app), env, ready, readyTimeoutMs: 60_000 })
  }

  async kill(): Promise<void> {
    await this.#end((running) => running.kill())
  }

  /** Ends it and its link for good. */
  async discard(): Promise<void> {
    await this.kill()
    this.link.close()
  }

  /** SIGTERM; how it ends does not matter, but end it must. */
  async stop(): Promise<void> {
    await this.#end((running) => running.stop('SIGTERM', 30_000))
  }

  async #end(how: (running: RunningProcess) => Promise<unknown>): Promise<void> {
    await this.#starts
    const running = this.#running
    this.#running = undefined
    if (!running) return
    await how(running)
    this.#log += running.output
  }

  freeze(): void {
    this.#signal('SIGSTOP')
  }

  thaw(): void {
    this.#signal('SIGCONT')
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#running?.hasExited === false ? this.#running.pid : undefined
    if (pid !== undefined) process.kill(pid, signal)
  }
}

/** A whole installation: Redis with its data on disk, two APIs, three workers, and what these call. */
export class Stage {
  readonly durability: Durability
  readonly redis: RedisServer
  readonly upstream: string
  readonly apis: readonly Actor[]
  readonly workers: readonly Actor[]
  /** When Redis was killed, on this process's clock. */
  readonly redisKills: number[] = []
  readonly #upstreamProcess: RunningProcess

  private constructor(
    fields: Pick<Stage, 'durability' | 'redis' | 'upstream' | 'apis' | 'workers'>,
    upstream: RunningProcess,
  ) {
    this.durability = fields.durability
    this.redis = fields.redis
    this.upstream = fields.upstream
    this.apis = fields.apis
    this.workers = fields.workers
    this.#upstreamProcess = upstream
  }

  static async open(durability: Durability): Promise<Stage> {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', durability] })
    const port = await freePort()
    const upstream = `127.0.0.1:${port}`
    const env = {
      MOCK_PORT: String(port),
      MOCK_MAX_CONCURRENCY: '10000',
      MOCK_RATE_LIMIT: '1000000',
      MOCK_DELAY_MS: '5,60',
      MOCK_ERROR_RATE: '0.02',
    }
    const upstreamProcess = await startProcess({
      entry: program('mock-upstream'),
      env,
      ready: `http://${upstream}/stats`,
    })
    const create = (app: string, count: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => Actor.create(app, i, redis.url, upstream)))
    const fields = {
      durability,
      redis,
      upstream,
      apis: await create('api', APIS),
      workers: await create('worker', WORKERS),
    }
    const stage = new Stage(fields, upstreamProcess)
    await stage.startAll()
    return stage
  }

  get actors(): readonly Actor[] {
    return [...this.apis, ...this.workers]
  }

  async startAll(): Promise<void> {
    await Promise.all(this.actors.map((actor) => actor.start()))
  }

  /** Kills Redis, and has it come back after a while with what it had kept. */
  async killRedis(downMs: number): Promise<void> {
    this.redisKills.push(Date.now())
    await this.redis.kill()
    await sleep(downMs)
    await this.redis.restart()
  }

  /** Stops Redis for a while without ending it. */
  async freezeRedis(ms: number): Promise<void> {
    const pid = Number(/^process_id:(\d+)/m.exec(await this.#ask((redis) => redis.info('server')))?.[1])
    process.kill(pid, 'SIGSTOP')
    await sleep(ms)
    process.kill(pid, 'SIGCONT')
  }

  /** Leaves Redis no room for a while. */
  async fillRedis(ms: number): Promise<void> {
    await this.#ask((redis) => redis.call('CONFIG', 'SET', 'maxmemory', '1mb'))
    await sleep(ms)
    await this.#ask((redis) => redis.call('CONFIG', 'SET', 'maxmemory', '0'))
  }

  /** Keys that show a ticket of any kind, and leases that hold tasks. */
  async findLeftovers(): Promise<string[]> {
    return await this.#ask(async (redis) => {
      const tickets = await redis.keys('{sluice:*}:*')
      const jobs = tickets.filter((key) =>
        /:(wait|active|delayed|prioritized|paused)$|:[a-z0-9]+\.\d+(:lock)?$/.test(key),
      )
      const leases = await redis.keys('sluice:{batch:*}:leases')
      const held = await Promise.all(leases.map(async (key) => ({ key, runs: await redis.hvals(key) })))
      const holding = held.filter(({ runs }) => runs.some((run) => run.split(' ').length > 3))
      return [...jobs, ...holding.map(({ key, runs }) => `${key} ${runs.join(', ')}`)]
    })
  }

  async readUpstream(): Promise<{ requests: number; ok: number; simulatedErrors: number }> {
    const stats = await (await fetch(`http://${this.upstream}/stats`)).json()
    return (stats as { default: { requests: number; ok: number; simulatedErrors: number } }).default
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
    await this.#upstreamProcess.kill()
    await this.redis.stop()
  }

  async #ask<T>(question: (redis: ReturnType<typeof openConnection>) => Promise<T>): Promise<T> {
    const redis = openConnection(this.redis.url)
    redis.on('error', () => {})
    try {
      return await question(redis)
    } finally {
      redis.disconnect()
    }
  }
}
