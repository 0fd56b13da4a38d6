import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort, type RedisServer, type RunningProcess, startProcess, startRedis } from '@sluice/testing'
import { Inspector } from './inspector.ts'
import { Principals } from './principals.ts'

const SERVER_SECRET = 'fuzz-server-secret-93aa41'

/** A Redis, an API, a worker that runs what requests leave behind, and what its tasks call. */
export class Stage {
  readonly redis: RedisServer
  readonly upstream: Server
  readonly port: number
  readonly api: RunningProcess
  readonly worker: RunningProcess
  readonly inspector: Inspector
  readonly principals: Principals

  private constructor(parts: Omit<Stage, 'upstreamUrl' | 'secrets' | 'close'>) {
    this.redis = parts.redis
    this.upstream = parts.upstream
    this.port = parts.port
    this.api = parts.api
    this.worker = parts.worker
    this.inspector = parts.inspector
    this.principals = parts.principals
  }

  static async open(): Promise<Stage> {
    const [redis, upstream, port] = [await startRedis({ exclusive: true }), await startUpstream(), await freePort()]
    const principals = await Principals.create(redis.url)
    const [api, worker] = await Promise.all([
      startApi(redis.url, port),
      startWorker(redis.url, await freePort(), hostOf(upstream)),
    ])
    return new Stage({ redis, upstream, port, api, worker, principals, inspector: await Inspector.open(api) })
  }

  /** A URL below which each path is answered with the status that it names. */
  get upstreamUrl(): string {
    return `http://${hostOf(this.upstream)}`
  }

  /** What no answer may show. */
  get secrets(): string[] {
    return [SERVER_SECRET, new URL(this.redis.url).host, ...this.principals.secrets]
  }

  async close(): Promise<void> {
    this.inspector.close()
    await Promise.all([this.api.kill(), this.worker.kill()])
    this.upstream.close()
    this.upstream.closeAllConnections()
    await this.redis.stop()
  }
}

/** Bounds are low where the default would take long, or much memory of the machine, to reach. */
function startApi(redisUrl: string, port: number): Promise<RunningProcess> {
  return startProcess({
    entry: new URL('../../src/main.ts', import.meta.url),
    env: {
      NODE_OPTIONS: '--inspect=127.0.0.1:0',
      FUZZ_SECRET: SERVER_SECRET,
      SLUICE_REDIS_URL: redisUrl,
      SLUICE_PORT: String(port),
      SLUICE_LOG_LEVEL: 'warn',
      SLUICE_MAX_BODY_BYTES: '1048576',
      SLUICE_BODY_TIMEOUT_MS: '3000',
      SLUICE_STALL_MS: '3000',
      SLUICE_MAX_QUEUES: '20',
      SLUICE_MAX_LIMITS: '20',
      SLUICE_MAX_API_KEYS: '50',
      SLUICE_MAX_FAILED_AUTHENTICATIONS: '1000000',
    },
    ready: `http://127.0.0.1:${port}/readyz`,
  })
}

function startWorker(redisUrl: string, port: number, upstream: string): Promise<RunningProcess> {
  return startProcess({
    entry: new URL('../../../worker/src/main.ts', import.meta.url),
    env: {
      SLUICE_REDIS_URL: redisUrl,
      SLUICE_METRICS_PORT: String(port),
      SLUICE_LOG_LEVEL: 'warn',
      SLUICE_HTTP_ALLOW_HOSTS: upstream,
    },
    ready: `http://127.0.0.1:${port}/metrics`,
  })
}

async function startUpstream(): Promise<Server> {
  const server = createServer((request, response) => {
    const status = Number(/\/(\d{3})$/.exec(request.url ?? '')?.[1] ?? 404)
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"answer":true}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function hostOf(server: Server): string {
  return `localhost:${(server.address() as AddressInfo).port}`
}
