import { fileURLToPath } from 'node:url'
import { ANONYMOUS_API, freePort, RedisLink, startProcess, type RunningProcess } from '@sluice/testing'

const program = (app: string) => new URL(`../../apps/${app}/src/main.ts`, import.meta.url)

const HANDLERS = fileURLToPath(new URL('handlers.ts', import.meta.url))

/** Halves the time that a process takes to start. */
const COMPILE_CACHE = fileURLToPath(new URL('../../.cache/compile', import.meta.url))

interface ActorOptions {
  app: 'api' | 'worker'
  env: Record<string, string>
  ready: string
}

/** A process of the installation, with a way to Redis of its own, that ends and starts again under the same address. */
export class Actor {
  readonly name: string
  /** Its way to Redis; it has none of its own to a Redis Cluster, whose nodes name each other. */
  readonly link: RedisLink | undefined
  readonly baseUrl: string
  /** When it was killed, in ms since the epoch. */
  readonly kills: number[] = []
  readonly #options: ActorOptions
  #running: RunningProcess | undefined
  #starts: Promise<void> | undefined
  #log = ''

  private constructor(name: string, link: RedisLink | undefined, baseUrl: string, options: ActorOptions) {
    this.name = name
    this.link = link
    this.baseUrl = baseUrl
    this.#options = options
  }

  static async create(app: 'api' | 'worker', index: number, redisUrl: string, upstream: string): Promise<Actor> {
    const port = String(await freePort())
    const link = redisUrl.includes(',') ? undefined : await RedisLink.start(redisUrl)
    const ofWorkers = {
      SLUICE_METRICS_PORT: port,
      SLUICE_HTTP_ALLOW_HOSTS: upstream,
      SLUICE_SHUTDOWN_GRACE_MS: '3000',
      SLUICE_HANDLERS: HANDLERS,
    }
    const baseUrl = `http://127.0.0.1:${port}`
    const own = app === 'api' ? { ...ANONYMOUS_API, SLUICE_PORT: port } : ofWorkers
    const env = { NODE_COMPILE_CACHE: COMPILE_CACHE, SLUICE_REDIS_URL: link?.url ?? redisUrl, ...own }
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
    await this.#end((running) => {
      this.kills.push(Date.now())
      return running.kill()
    })
  }

  /** Ends it and its link for good. */
  async discard(): Promise<void> {
    await this.kill()
    this.link?.close()
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
