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

export interface Workers extends AsyncDisposable {
  readonly pids: readonly number[]
}

/** Real worker processes, stopped when they are disposed of. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const workers = await Promise.all(Array.from({ length: options.count }, () => startWorker(options)))
  return {
    pids: workers.map(({ pid }) => pid ?? 0),
    [Symbol.asyncDispose]: async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
  }
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
