import { freePort, startProcess, startRedis } from '@sluice/testing/servers'

const programs = {
  api: new URL('../../../apps/api/src/main.ts', import.meta.url),
  worker: new URL('../../../apps/worker/src/main.ts', import.meta.url),
  mock: new URL('../../../apps/mock-upstream/src/main.ts', import.meta.url),
}

/** The processes that a detection involves: Redis, the API, workers, and the mock upstream. */
export interface Fleet extends AsyncDisposable {
  apiUrl: string
  mockUrl: string
  /** Starts another worker. Each worker runs one detection at a time. */
  addWorker: () => Promise<void>
}

export async function startFleet(): Promise<Fleet> {
  await using started = new AsyncDisposableStack()
  const redis = started.use(await startRedis({ exclusive: true }))
  const [apiPort, mockPort] = [await freePort(), await freePort()]
  const [apiUrl, mockUrl] = [`http://127.0.0.1:${apiPort}`, `http://127.0.0.1:${mockPort}`]
  const start = async (entry: URL, ready: RegExp | string, env: Record<string, string>) =>
    started.use(await startProcess({ entry, ready, env }))
  await start(programs.mock, /listens at/, { MOCK_MODE: 'multi', MOCK_PORT: String(mockPort) })
  await start(programs.api, `${apiUrl}/readyz`, { SLUICE_REDIS_URL: redis.url, SLUICE_PORT: String(apiPort) })
  const processes = started.move()
  return {
    apiUrl,
    mockUrl,
    addWorker: async () => {
      const env = { SLUICE_REDIS_URL: redis.url, SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1' }
      const ready = /the worker is ready/
      processes.use(await startProcess({ entry: programs.worker, ready, env }))
    },
    [Symbol.asyncDispose]: () => processes.disposeAsync(),
  }
}
