import { startProcess, type RunningProcess } from '@sluice/testing/servers'

const workerMain = new URL('../../../apps/worker/src/main.ts', import.meta.url)

/** What starting a worker of a benchmark requires. */
export interface WorkerOptions {
  redisUrl: string
  /** Slots of each worker. */
  concurrency: number
}

export interface WorkersOptions extends WorkerOptions {
  count: number
  /** The module of the handlers. */
  handlers: URL
}

export interface Workers extends AsyncDisposable {
  readonly pids: readonly number[]
}

/** Starts worker processes. Disposing of them stops them. */
export async function startWorkers({ count, handlers, ...options }: WorkersOptions): Promise<Workers> {
  const env = { SLUICE_HANDLERS: handlers.pathname }
  const workers = await Promise.all(Array.from({ length: count }, () => startWorker(options, env)))
  return {
    pids: workers.map(({ pid }) => pid ?? 0),
    [Symbol.asyncDispose]: async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
  }
}

/** Starts one worker process with additional settings, and waits until it is ready. */
export function startWorker(
  { redisUrl, concurrency }: WorkerOptions,
  env: Readonly<Record<string, string>>,
): Promise<RunningProcess> {
  return startProcess({
    entry: workerMain,
    ready: /the worker is ready/,
    env: { SLUICE_REDIS_URL: redisUrl, SLUICE_WORKER_CONCURRENCY: String(concurrency), ...env },
  })
}
