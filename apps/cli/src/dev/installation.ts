import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Children } from './children.ts'
import { appCommand, redisCommand } from './programs.ts'
import { answers, freePort, isRedisReady } from './ready.ts'

/** What to start. */
export interface InstallationOptions {
  env: Readonly<Record<string, string | undefined>>
  workers: number
  /** Module of handlers. Default: only `http` tasks run. */
  handlers?: string | undefined
  /** Folder that keeps batches and the API key. Default: one that is deleted at the end. */
  data?: string | undefined
  /** Receives warnings of the API and the workers, and sentences about workers that are started again. */
  log: (line: string) => void
}

const API_PORT = 3000
const UPSTREAM_PORT = 19_999

/** The mock upstream has this service from the start. It accepts as many calls at once as the queue `default` makes. */
const SERVICE = { maxConcurrency: 100, rateLimit: { limit: 200, windowMs: 1000 }, delayMs: [20, 200], retryAfter: true }

/** Redis, an API, workers and a mock upstream on this machine. */
export class Installation {
  readonly api: string
  readonly upstream: string
  /** An API key of role admin. */
  readonly apiKey: string
  /** Rejects when a process ends by itself. A worker is started again, until that is in vain. */
  readonly failed: Promise<never>
  readonly #stop: () => Promise<void>

  private constructor(parts: Pick<Installation, 'api' | 'upstream' | 'apiKey' | 'failed'>, stop: () => Promise<void>) {
    this.api = parts.api
    this.upstream = parts.upstream
    this.apiKey = parts.apiKey
    this.failed = parts.failed
    this.#stop = stop
  }

  /** Starts all processes, and resolves once all are ready. Aborting the signal stops what has started. */
  static async start(options: InstallationOptions, signal: AbortSignal): Promise<Installation> {
    // Asked first, so that a command line without the processes leaves nothing behind.
    appCommand('api')
    const isKept = options.data !== undefined
    const folder = isKept ? resolve(options.data ?? '') : await mkdtemp(join(tmpdir(), 'sluice-dev-'))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const children = new Children(isKept ? '' : folder)
    const stop = async () => {
      await children.stop()
      if (!isKept) await rm(folder, { recursive: true, force: true })
    }
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
    try {
      const parts = await Promise.race([startAll(children, folder, options), aborted])
      return new Installation({ ...parts, failed: children.failed }, stop)
    } catch (error) {
      await stop()
      throw error
    }
  }

  /** Stops all processes, Redis last. */
  async stop(): Promise<void> {
    await this.#stop()
  }
}

async function startAll(children: Children, folder: string, options: InstallationOptions) {
  const redisPort = await freePort()
  const apiPort = await freePort(Number(options.env['SLUICE_PORT'] ?? API_PORT))
  const upstreamPort = await freePort(Number(options.env['MOCK_PORT'] ?? UPSTREAM_PORT))
  const [api, upstream] = [`http://127.0.0.1:${apiPort}`, `http://127.0.0.1:${upstreamPort}`]
  const keyFile = join(folder, 'api-key')
  const { SLUICE_URL: _, SLUICE_API_KEY: __, SLUICE_ALLOW_ANONYMOUS: ___, ...inherited } = options.env
  const env = { SLUICE_LOG_LEVEL: 'warn', ...inherited, SLUICE_REDIS_URL: `redis://127.0.0.1:${redisPort}` }
  await children.start({
    name: 'Redis',
    command: await redisCommand(options.env, { port: redisPort, folder }),
    isReady: () => isRedisReady(redisPort),
    env: options.env,
  })
  await Promise.all([
    children.start({
      name: 'The mock upstream',
      command: appCommand('mock-upstream'),
      env: { ...inherited, MOCK_MODE: 'multi', MOCK_PORT: String(upstreamPort) },
      isReady: () => answers(`${upstream}/stats`),
    }),
    children.start({
      name: 'The API',
      command: appCommand('api'),
      env: { ...env, SLUICE_PORT: String(apiPort), SLUICE_HOST: '127.0.0.1', SLUICE_BOOTSTRAP_KEY_FILE: keyFile },
      isReady: () => answers(`${api}/readyz`),
      log: (line) => options.log(`api     ${line}`),
    }),
    ...[...Array(options.workers).keys()].map((i) => startWorker(children, i + 1, env, options)),
  ])
  await fetch(`${upstream}/service/llm`, { method: 'POST', body: JSON.stringify(SERVICE) })
  return { api, upstream, apiKey: (await readFile(keyFile, 'utf8')).trim() }
}

async function startWorker(
  children: Children,
  number: number,
  env: Readonly<Record<string, string | undefined>>,
  { handlers, log, workers }: InstallationOptions,
): Promise<void> {
  const port = await freePort()
  await children.start({
    name: workers === 1 ? 'The worker' : `Worker ${number} of ${workers}`,
    command: appCommand('worker'),
    env: {
      // The address guard refuses calls to this machine otherwise.
      SLUICE_HTTP_ALLOW_HOSTS: 'localhost,127.0.0.1',
      ...env,
      SLUICE_METRICS_PORT: String(port),
      SLUICE_METRICS_HOST: '127.0.0.1',
      ...(handlers !== undefined && { SLUICE_HANDLERS: resolve(handlers) }),
    },
    isReady: () => answers(`http://127.0.0.1:${port}/readyz`),
    log: (line) => log(`worker  ${line}`),
    onRestart: log,
  })
}
