import { startProcess } from '@sluice/testing/servers'

const workerMain = new URL('../../../apps/worker/src/main.ts', import.meta.url)

export interface WorkersOptions {
  redisUrl: string
  count: number
  /** Slots of each worker. */
  concurrency: number
  /** A module of handlers. */
  handlers: URL
}

/** Real worker processes, stopped when they are disposed of. */
export async function startWorkers(options: WorkersOptions): Promise<AsyncDisposableStack> {
  const workers = new AsyncDisposableStack()
  await Promise.all(Array.from({ length: options.count }, async () => workers.use(await startWorker(options))))
  return workers
}

function startWorker({ redisUrl, concurrency, handlers }: WorkersOptions) {
  return startProcess({
    entry: workerMain,
    ready: /the worker is ready/,
    env: {
      SLUICE_REDIS_URL: redisUrl,
      SLUICE_WORKER_CONCURRENCY: String(concurrency),
      SLUICE_HANDLERS: handlers.pathname,
    },
  })
}
