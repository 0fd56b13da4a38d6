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
import { redisTest, startProcess, until, type RunningProcess } from '@sluice/testing'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import type { Start } from './handlers.ts'

export { until }

const entry = new URL('../../src/main.ts', import.meta.url)
const handlers = fileURLToPath(new URL('handlers.ts', import.meta.url))

export type Environment = Readonly<Record<string, string>>

/** Starts a worker process with the handlers of handlers.ts. It is killed at the end of the test. */
export type StartWorker = (env?: Environment, ready?: RegExp) => Promise<RunningProcess>

/** A test with worker processes, and with an engine that stands in for the API. */
export const fleetTest = redisTest
  .extend('engine', ({ redisUrl, prefix, onTestFinished }) => openEngine(redisUrl, prefix, onTestFinished))
  .extend('startWorker', ({ redisUrl, prefix, onTestFinished }): StartWorker => {
    return async (env = {}, ready = /the worker is ready/) => {
      const own = { SLUICE_REDIS_URL: redisUrl, SLUICE_KEY_PREFIX: prefix, SLUICE_HANDLERS: handlers }
      const worker = await startProcess({ entry, env: { ...own, ...env }, ready, readyTimeoutMs: 60_000 })
      onTestFinished(async () => void (await worker.kill()))
      return worker
    }
  })

/** Opens an engine with its own connection. Both are closed at the end of the test, even if Redis is down by then. */
export function openEngine(redisUrl: string, prefix: string, onTestFinished: TestContext['onTestFinished']): Engine {
  const redis = connectRedis(redisUrl, { connectionName: 'test-engine' })
  redis.on('error', () => {})
  const engine = createEngine({ redis, prefix })
  onTestFinished(async () => {
    redis.disconnect()
    await closeEngine(engine)
  })
  return engine
}

/** Creates a batch of type `work` with these payloads and returns its id. */
export async function submit(
  engine: Engine,
  { payloads, ...rest }: Omit<BatchSubmission, 'tasks'> & { payloads: readonly unknown[] },
): Promise<string> {
  const tasks = payloads.map((payload) => JSON.stringify({ payload }))
  const { batch } = await createBatch(engine, { type: 'work', ...rest, tasks })
  return batch.id
}

/** Waits until a batch is completed, and returns it. */
export async function untilCompleted(engine: Engine, batchId: string, timeoutMs = 10_000): Promise<Batch> {
  await until(async () => (await readBatch(engine, batchId)).state === 'completed', timeoutMs)
  return await readBatch(engine, batchId)
}

/** The starts of tasks so far, in chronological order. */
export async function startsOf(engine: Engine, prefix: string): Promise<Start[]> {
  const starts = await engine.redis.lrange(`${prefix}:starts`, 0, -1)
  return starts.map((start) => JSON.parse(start) as Start)
}

/** The first thousand tasks of a batch. */
export async function tasksOf(engine: Engine, batchId: string): Promise<Task[]> {
  const { tasks } = await listTasks(engine, batchId, { pageSize: 1000 })
  return tasks
}

/** The log entries of these processes that name a batch. */
export function entriesOf(batchId: string, ...processes: RunningProcess[]): Record<string, unknown>[] {
  return processes
    .flatMap(({ output }) => output.split('\n'))
    .filter((line) => line.endsWith('}') && line.includes(batchId))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((fields) => fields['batchId'] === batchId)
}

/** The value of a metric of a worker, or 0 if there is no such line. */
export async function readMetric(port: number, line: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((candidate) => candidate.startsWith(line))
      ?.split(' ')
      .at(-1) ?? 0,
  )
}
