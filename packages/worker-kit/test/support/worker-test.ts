import {
  closeEngine,
  connectRedis,
  createBatch,
  createEngine,
  listTasks,
  readBatch,
  type Batch,
  type BatchSubmission,
  type Engine,
  type Task,
} from '@sluice/engine'
import { redisTest, startRedis } from '@sluice/testing'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestContext } from 'vitest'
import { createWorker, type Worker, type WorkerOptions } from '../../src/create-worker.ts'
import type { Logger } from '../../src/handler.ts'

export { until } from '@sluice/testing'

type OnTestFinished = TestContext['onTestFinished']

/** A log that collects the messages of its warnings. */
export function collectWarnings(): { log: Logger; warnings: string[] } {
  const warnings: string[] = []
  return {
    log: { debug() {}, info() {}, warn: (_fields, message) => void warnings.push(message), error() {} },
    warnings,
  }
}

/** Starts a worker with its own connection, by default to the test's Redis. Both are closed at the end of the test. */
export type StartWorker = (options: Omit<WorkerOptions, 'redis' | 'prefix'>, redisUrl?: string) => Promise<Worker>

/** A test with workers, and with an engine that stands in for the API. */
export const workerTest = redisTest
  .extend('engine', ({ redisUrl, prefix, onTestFinished }) => openEngine(redisUrl, prefix, onTestFinished))
  .extend('startWorker', ({ redisUrl, prefix, onTestFinished }): StartWorker => {
    return async (options, url = redisUrl) => {
      const redis = connectRedis(url, { connectionName: 'test-worker' })
      redis.on('error', () => {})
      const worker = await createWorker({ ...options, redis, prefix })
      onTestFinished(async () => {
        await worker.close({ graceMs: 0 })
        redis.disconnect()
      })
      return worker
    }
  })

/** A test with its own Redis server, which keeps acknowledged writes over a crash, and an engine on it. */
export const ownServerTest = workerTest
  .extend('server', async ({ onTestFinished }) => {
    const server = await startRedis({ args: ['--appendonly', 'yes'] })
    onTestFinished(() => server.stop())
    return server
  })
  .extend('ownEngine', ({ server, prefix, onTestFinished }) => openEngine(server.url, prefix, onTestFinished))

function openEngine(redisUrl: string, prefix: string, onTestFinished: OnTestFinished): Engine {
  const redis = connectRedis(redisUrl, { connectionName: 'test-engine' })
  redis.on('error', () => {})
  const engine = createEngine({ redis, prefix })
  onTestFinished(async () => {
    await closeEngine(engine)
    redis.disconnect()
  })
  return engine
}

/** A batch of a test: its settings, and its tasks as payloads, as envelopes or as a number of them. */
export interface TestBatch extends Omit<BatchSubmission, 'tasks'> {
  payloads?: readonly unknown[]
  count?: number
  /** Whole envelopes, for tasks that need more than a payload. */
  envelopes?: readonly object[]
}

/** Creates a batch of type `work` with a short backoff and returns its id. */
export async function submit(engine: Engine, { payloads, count = 0, envelopes, ...rest }: TestBatch): Promise<string> {
  const tasks = envelopes ?? (payloads ?? Array.from({ length: count }, (_, i) => i)).map((payload) => ({ payload }))
  const { batch } = await createBatch(engine, {
    type: 'work',
    retry: { minDelayMs: 1, maxDelayMs: 5 },
    ...rest,
    tasks: tasks.map((task) => JSON.stringify(task)),
  })
  return batch.id
}

/** Waits until a batch is no longer active and none of its tasks runs, and returns it. */
export async function untilFinished(engine: Engine, batchId: string, timeoutMs = 10_000): Promise<Batch> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const batch = await readBatch(engine, batchId)
    if (batch.state !== 'active' && batch.counts.running === 0) return batch
    if (performance.now() > deadline) {
      throw new Error(`The batch did not finish within ${timeoutMs} ms: ${JSON.stringify(batch.counts)}`)
    }
    await sleep(5)
  }
}

/** All tasks of a batch, in order. */
export async function tasksOf(engine: Engine, batchId: string): Promise<Task[]> {
  const tasks: Task[] = []
  for (let cursor: string | undefined = '0'; cursor !== undefined;) {
    const page: Awaited<ReturnType<typeof listTasks>> = await listTasks(engine, batchId, { pageSize: 1000, cursor })
    tasks.push(...page.tasks)
    cursor = page.nextCursor ?? undefined
  }
  return tasks
}

/** Counts how many pieces of work run at once now, and at most so far. */
export class Gauge {
  now = 0
  peak = 0

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.now += 1
    this.peak = Math.max(this.peak, this.now)
    try {
      return await work()
    } finally {
      this.now -= 1
    }
  }
}
