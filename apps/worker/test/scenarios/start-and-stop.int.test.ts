import { readBatch } from '@sluice/engine'
import { freePort, startRedis } from '@sluice/testing'
import { describe, expect } from 'vitest'
import {
  entriesOf,
  fleetTest,
  openEngine,
  readMetric,
  startsOf,
  submit,
  tasksOf,
  until,
  untilCompleted,
} from '../support/fleet-test.ts'

describe.concurrent('a worker process', { timeout: 90_000 }, () => {
  fleetTest(
    'on SIGTERM finishes running tasks, releases the others and exits with 0',
    async ({ engine, startWorker }) => {
      const leaving = await startWorker({ SLUICE_WORKER_CONCURRENCY: '5' })
      const id = await submit(engine, { payloads: Array.from({ length: 200 }, () => ({ ms: 300 })) })
      await until(async () => (await readBatch(engine, id)).counts.running === 5)
      const staying = await startWorker()

      const startedAt = performance.now()
      const exit = await leaving.stop('SIGTERM')
      const tookMs = performance.now() - startedAt
      const { counts } = await untilCompleted(engine, id)

      expect(exit).toEqual({ code: 0, signal: null })
      expect(tookMs).toBeLessThan(5000)
      expect(leaving.output).toMatch(/"signal":"SIGTERM".*"stopping"[^]*"stopped"/)
      expect(counts).toMatchObject({ completed: 200, failed: 0 })
      const tasks = await tasksOf(engine, id)
      expect(new Set(tasks.map(({ attempts }) => attempts))).toEqual(new Set([1]))
      expect(new Set(tasks.map(({ result }) => result))).toEqual(new Set([leaving.pid, staying.pid]))
    },
  )

  fleetTest(
    'logs once how its turns and deadlines change a batch, and each failed attempt, and counts both',
    async ({ engine, startWorker }) => {
      const ports = [await freePort(), await freePort()]
      const workers = await Promise.all(
        ports.map((port) => startWorker({ SLUICE_METRICS_PORT: String(port), SLUICE_LOG_LEVEL: 'debug' })),
      )
      const refused = { method: 'GET', url: 'http://127.0.0.1:1/' }
      const [failing, late, done] = await Promise.all([
        submit(engine, {
          type: 'http',
          payloads: Array.from({ length: 20 }, () => refused),
          interruptionCriteria: { maxFailedTasks: 1 },
        }),
        submit(engine, {
          type: 'rest',
          payloads: Array.from({ length: 9 }, () => ({ ms: 300 })),
          concurrency: 1,
          interruptionCriteria: { maxBatchRuntimeMs: 100 },
        }),
        submit(engine, { type: 'rest', code: 'orders-7', payloads: [{ ms: 1 }, { ms: 1 }] }),
      ])
      const transitionsOf = (id: string) => entriesOf(id, ...workers).filter((entry) => 'transition' in entry)
      await until(() => [failing, late, done].every((id) => transitionsOf(id).length > 0))
      await until(async () => (await readBatch(engine, failing)).counts.running === 0)

      const INFO = 30
      const DEBUG = 20
      expect(transitionsOf(failing)).toMatchObject([
        {
          level: INFO,
          transition: 'interrupted',
          queue: 'default',
          reason: 'failed_tasks_exceeded',
          value: 1,
          threshold: 1,
        },
      ])
      expect(transitionsOf(late)).toMatchObject([
        { level: INFO, transition: 'interrupted', reason: 'batch_runtime_exceeded', threshold: 100 },
      ])
      expect(transitionsOf(done)).toMatchObject([
        { level: INFO, transition: 'completed', code: 'orders-7', queue: 'default', msg: 'the batch was completed' },
      ])
      const failures = entriesOf(failing, ...workers).filter((entry) => 'failureClass' in entry)
      const { counts } = await readBatch(engine, failing)
      expect(failures).toHaveLength(counts.failed)
      expect(failures[0]).toMatchObject({ level: DEBUG, attempt: 1, outcome: 'failed', failureClass: 'invalid' })
      expect(failures.map(({ seq }) => seq)).toContain(0)
      const total = async (line: string) => {
        const values = await Promise.all(ports.map((port) => readMetric(port, line)))
        return values.reduce((a, b) => a + b)
      }
      expect(await total('sluice_attempt_failures_total{failure_class="invalid"}')).toBe(counts.failed)
      expect(await total('sluice_batch_transitions_total{transition="completed"}')).toBe(1)
      for (const reason of ['failed_tasks_exceeded', 'batch_runtime_exceeded'])
        expect(await total(`sluice_batch_transitions_total{transition="interrupted",reason="${reason}"}`)).toBe(1)
    },
  )

  fleetTest('does not use database 0 when Redis lacks the one of its URL', async ({ startWorker, onTestFinished }) => {
    const redis = await startRedis({ exclusive: true })
    onTestFinished(() => redis.stop())

    const worker = await startWorker({ SLUICE_REDIS_URL: `${redis.url}/9999` }, /does not have database 9999/)

    expect(await worker.exited).toMatchObject({ code: 1 })
    expect(worker.output).not.toContain('the worker is ready')
  })

  fleetTest('aborts tasks that do not end within the grace time', async ({ engine, startWorker, prefix }) => {
    const worker = await startWorker({ SLUICE_SHUTDOWN_GRACE_MS: '200' })
    const id = await submit(engine, { type: 'hang', payloads: [1, 2, 3] })
    await until(async () => (await startsOf(engine, prefix)).length === 3)

    const startedAt = performance.now()
    const exit = await worker.stop('SIGINT')
    const tookMs = performance.now() - startedAt

    expect(exit).toEqual({ code: 0, signal: null })
    expect(tookMs).toBeGreaterThan(190)
    expect(tookMs).toBeLessThan(5000)
    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 3, running: 0 })
    expect((await tasksOf(engine, id)).map(({ attempts }) => attempts)).toEqual([0, 0, 0])
  })

  fleetTest('may be started before Redis', async ({ startWorker, prefix, onTestFinished }) => {
    const server = await startRedis({ exclusive: true })
    onTestFinished(() => server.stop())
    await server.kill()
    const worker = await startWorker({ SLUICE_REDIS_URL: server.url }, /Redis cannot be reached/)

    await server.restart()
    const engine = openEngine(server.url, prefix, onTestFinished)
    const id = await submit(engine, { payloads: [{ ms: 1 }] })
    const { counts } = await untilCompleted(engine, id)

    expect(counts).toMatchObject({ completed: 1 })
    await until(() => /Redis cannot be reached[^]*connected to Redis[^]*the worker is ready/.test(worker.output))
  })

  fleetTest('that waits for Redis stops at once', async ({ startWorker, onTestFinished }) => {
    const server = await startRedis({ exclusive: true })
    onTestFinished(() => server.stop())
    await server.kill()
    const worker = await startWorker({ SLUICE_REDIS_URL: server.url }, /Redis cannot be reached/)

    const startedAt = performance.now()
    const exit = await worker.stop('SIGTERM')

    expect(exit).toEqual({ code: 0, signal: null })
    expect(performance.now() - startedAt).toBeLessThan(5000)
  })

  fleetTest(
    'that lost Redis stops by force after a time, and logs what that means',
    async ({ startWorker, onTestFinished, prefix }) => {
      const server = await startRedis({ exclusive: true })
      onTestFinished(() => server.stop())
      const worker = await startWorker({ SLUICE_REDIS_URL: server.url, SLUICE_SHUTDOWN_GRACE_MS: '100' })
      const engine = openEngine(server.url, prefix, onTestFinished)
      await submit(engine, { type: 'hang', payloads: [1] })
      await until(async () => (await startsOf(engine, prefix)).length === 1)

      await server.kill()
      const exit = await worker.stop('SIGTERM', 15_000)

      expect(exit).toEqual({ code: 1, signal: null })
      expect(worker.output).toContain('the shutdown timed out; other workers take over the remaining tickets')
    },
  )
})
