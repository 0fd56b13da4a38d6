import { putLimit, putQueue, readBatch } from '@sluice/engine'
import { freePort } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { fleetTest, readMetric, startsOf, submit, tasksOf, until, untilCompleted } from '../support/fleet-test.ts'

/** Four times as long as the tickets of a dead worker take to return, for a busy machine. */
const RECOVERY_MS = 20_000

// Each test waits until a worker counts as dead, so they wait concurrently.
describe.concurrent('a worker that is lost', { timeout: 5 * RECOVERY_MS }, () => {
  fleetTest('costs its batch no task: other workers run its tasks again', async ({ engine, startWorker, prefix }) => {
    const workers = await Promise.all([1, 2, 3].map(() => startWorker({ SLUICE_WORKER_CONCURRENCY: '10' })))
    const id = await submit(engine, { payloads: Array.from({ length: 600 }, () => ({ ms: 200 })) })
    await until(async () => (await readBatch(engine, id)).counts.completed > 150)

    const dead = workers[1]?.pid
    await workers[1]?.kill()
    const killedAt = Date.now()
    const { counts } = await untilCompleted(engine, id, 2 * RECOVERY_MS)

    expect(counts).toMatchObject({ total: 600, completed: 600, failed: 0 })
    const tasks = await tasksOf(engine, id)
    const starts = Object.groupBy(await startsOf(engine, prefix), ({ seq }) => seq)
    const lost = tasks.filter(({ attempts }) => attempts > 1)
    expect(lost.length).toBeGreaterThan(0)
    expect(lost.length).toBeLessThanOrEqual(10)
    for (const { seq, attempts, result } of lost) {
      expect(attempts).toBe(2)
      expect(result).not.toBe(dead)
      const again = starts[seq]?.find(({ attempt }) => attempt === 2)
      expect((again?.at ?? Infinity) - killedAt).toBeLessThan(RECOVERY_MS)
    }
    // All other tasks ran once, and the outcomes that the dead worker had settled remain.
    const others = tasks.filter(({ attempts }) => attempts === 1)
    expect(others.every(({ seq }) => starts[seq]?.length === 1)).toBe(true)
    expect(others.some(({ result }) => result === dead)).toBe(true)
    const restartedAfter = lost.map(({ seq }) => (starts[seq]?.at(-1)?.at ?? 0) - killedAt)
    console.log(`${lost.length} tasks of the killed worker started again after ${Math.max(...restartedAfter)} ms`)
  })

  fleetTest('does not keep the probe of a batch that the upstream refuses', async ({ engine, startWorker, prefix }) => {
    const workers = await Promise.all([1, 2].map(() => startWorker()))
    const id = await submit(engine, {
      type: 'refused',
      concurrency: 5,
      payloads: Array.from({ length: 10 }, () => ({})),
    })
    await until(async () => (await startsOf(engine, prefix)).length === 1)
    const [probe] = await startsOf(engine, prefix)

    await workers.find(({ pid }) => pid === probe?.pid)?.kill()
    const { counts } = await untilCompleted(engine, id, 3 * RECOVERY_MS)

    expect(counts).toMatchObject({ completed: 10, failed: 0 })
    const next = (await startsOf(engine, prefix))[1]
    expect((next?.at ?? Infinity) - (probe?.at ?? 0)).toBeLessThan(1.5 * RECOVERY_MS)
  })

  fleetTest('fails a task that has no attempt left', async ({ engine, startWorker }) => {
    const worker = await startWorker()
    const id = await submit(engine, { payloads: [{ ms: 60_000 }], retry: { maxAttempts: 1 } })
    await until(async () => (await readBatch(engine, id)).counts.running === 1)

    await worker.kill()
    await startWorker()
    const { counts } = await untilCompleted(engine, id, 2 * RECOVERY_MS)

    expect(counts).toMatchObject({ completed: 0, failed: 1 })
    const [task] = await tasksOf(engine, id)
    expect(task).toMatchObject({ state: 'failed', attempts: 1, error: { failureClass: 'worker_lost' } })
  })

  fleetTest(
    'spends the attempt of a task under a limit that ends its process at once',
    async ({ engine, startWorker }) => {
      await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 100, perMs: 1000 }] })
      await putQueue(engine, 'default', { limit: 'api' })
      const worker = await startWorker()
      const id = await submit(engine, { type: 'die', payloads: [{}], retry: { maxAttempts: 1 } })
      await until(async () => worker.hasExited)

      await startWorker()
      const { counts } = await untilCompleted(engine, id, 2 * RECOVERY_MS)

      expect(counts).toMatchObject({ completed: 0, failed: 1 })
      const [task] = await tasksOf(engine, id)
      expect(task).toMatchObject({ state: 'failed', attempts: 1, error: { failureClass: 'worker_lost' } })
    },
  )

  fleetTest('changes nothing when it continues, and then runs other tasks', async ({ engine, startWorker, prefix }) => {
    const port = await freePort()
    const env = { SLUICE_WORKER_CONCURRENCY: '5' }
    const frozen = await startWorker({ ...env, SLUICE_METRICS_PORT: String(port) })
    // The first attempts end at most three seconds after the worker continues, even if it was frozen before their clocks
    // ran. The second ones still run then.
    const id = await submit(engine, { payloads: Array.from({ length: 5 }, () => ({ ms: 3000, laterMs: 6000 })) })
    await until(async () => (await startsOf(engine, prefix)).length === 5)

    // Before the other worker starts, which may take longer than the first attempts on a busy machine.
    process.kill(frozen.pid ?? 0, 'SIGSTOP')
    const other = await startWorker(env)
    await until(async () => (await startsOf(engine, prefix)).length === 10, 2 * RECOVERY_MS)
    process.kill(frozen.pid ?? 0, 'SIGCONT')
    await until(async () => (await readMetric(port, 'sluice_turn_duration_seconds_count{reply="superseded"}')) === 5)
    const { counts } = await untilCompleted(engine, id)

    expect(counts).toMatchObject({ total: 5, completed: 5, failed: 0 })
    const tasks = await tasksOf(engine, id)
    expect(tasks.map(({ attempts, result }) => [attempts, result])).toEqual(tasks.map(() => [2, other.pid]))
    // Enough tasks that the other worker is not done before this one takes tickets.
    const next = await submit(engine, { payloads: Array.from({ length: 300 }, () => ({ ms: 50 })) })
    await untilCompleted(engine, next)
    const pids = new Set((await tasksOf(engine, next)).map(({ result }) => result))
    expect(pids).toEqual(new Set([frozen.pid, other.pid]))
  })
})
