import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { readHeldJobs, releaseHeldJobs } from '../../src/bullmq/held-jobs.ts'
import { openWorker, type OpenWorker } from '../../src/bullmq/open-worker.ts'
import type { Engine } from '../../src/engine.ts'
import { scriptCalls } from '../../src/scripts/define-script.ts'
import { engineTest } from '../support/engine-test.ts'
import { addJobs, jobIds, keysOf, queueOf } from '../support/jobs.ts'

/** Opens a worker that takes and ends many jobs in one call. `run` gets the id of each job. */
function openBulkWorker(
  engine: Engine,
  { workerId = 'w1', concurrency, run }: { workerId?: string; concurrency: number; run: (id: string) => Promise<void> },
): { worker: OpenWorker; errors: unknown[] } {
  const errors: unknown[] = []
  const worker = openWorker<unknown, void>(engine.redis, {
    queue: 'default',
    prefix: engine.keys.tickets('default'),
    concurrency,
    isBulk: true,
    workerId,
    run: async (job) => await run(job.id ?? ''),
    onError: (error) => errors.push(error),
    describe: { queue: 'failed', job: () => 'failed' },
  })
  return { worker, errors }
}

describe('a worker that takes and ends many jobs in one call', () => {
  engineTest('fills a thousand slots and empties them in a tenth of the calls', async ({ engine }) => {
    await addJobs(engine, jobIds(1000))
    const callsOf = (name: string) => scriptCalls().get(name) ?? 0
    const before = { taking: callsOf('take-jobs'), ending: callsOf('end-jobs') }
    const mayEnd = Promise.withResolvers<void>()
    const started = new Set<string>()
    const { worker, errors } = openBulkWorker(engine, {
      concurrency: 1000,
      run: async (id) => {
        started.add(id)
        await mayEnd.promise
      },
    })

    await expect.poll(() => started.size, { timeout: 10_000 }).toBe(1000)
    mayEnd.resolve()
    await expect.poll(() => engine.redis.llen(keysOf(engine).active), { timeout: 10_000 }).toBe(0)

    // The last sixteen jobs are taken singly, and the calls before take ever fewer of those that are left.
    expect(callsOf('take-jobs') - before.taking).toBeLessThan(100)
    expect(callsOf('end-jobs') - before.ending).toBeLessThan(100)
    expect(errors).toEqual([])
    await worker.close()
  })

  engineTest('takes no more jobs than it has free slots', async ({ engine }) => {
    await addJobs(engine, jobIds(1000))
    const mayEnd = Promise.withResolvers<void>()
    let started = 0
    const { worker } = openBulkWorker(engine, {
      concurrency: 20,
      run: async () => {
        started += 1
        await mayEnd.promise
      },
    })

    await expect.poll(() => started).toBe(20)

    expect(await engine.redis.llen(keysOf(engine).active)).toBe(20)
    await queueOf(engine).pause()
    mayEnd.resolve()
    await worker.close()
  })

  engineTest('starts what it has before it has a job for every slot', async ({ engine }) => {
    await addJobs(engine, jobIds(200))
    const waitingAtStart: number[] = []
    const { worker } = openBulkWorker(engine, {
      concurrency: 200,
      run: async () => void waitingAtStart.push(await engine.redis.zcard(keysOf(engine).prioritized)),
    })

    await expect.poll(() => waitingAtStart.length, { timeout: 10_000 }).toBe(200)

    expect(Math.max(...waitingAtStart)).toBeGreaterThan(100)
    await worker.close()
  })

  engineTest('runs each job once, beside others, and never more than it or the queue may', async ({ openRivals }) => {
    const engines = await openRivals(3)
    const [engine] = engines as [Engine]
    await addJobs(engine, jobIds(600))
    await queueOf(engine).setGlobalConcurrency(100)
    const runs: string[] = []
    const running = engines.map(() => 0)
    let [most, mostOfOne] = [0, 0]
    const workers = engines.map((rival, i) =>
      openBulkWorker(rival, {
        workerId: `w${i}`,
        concurrency: 40,
        run: async (id) => {
          runs.push(id)
          running[i] = (running[i] ?? 0) + 1
          most = Math.max(
            most,
            running.reduce((sum, count) => sum + count),
          )
          mostOfOne = Math.max(mostOfOne, ...running)
          await sleep(20 + (Number(id.slice(1)) % 20))
          running[i] -= 1
        },
      }),
    )

    await expect.poll(() => runs.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(600)
    await expect.poll(() => queueOf(engine).getJobCountByTypes('wait', 'prioritized', 'active')).toBe(0)
    await Promise.all(workers.map(({ worker }) => worker.close()))

    expect(runs.toSorted()).toEqual(jobIds(600).toSorted())
    expect(most).toBeLessThanOrEqual(100)
    expect(most).toBeGreaterThan(50)
    expect(mostOfOne).toBeLessThanOrEqual(40)
    expect(workers.flatMap(({ errors }) => errors)).toEqual([])
  })

  engineTest('returns the jobs that it has not run when it closes', async ({ engine }) => {
    await addJobs(engine, jobIds(1000))
    const closing = Promise.withResolvers<void>()
    const started: string[] = []
    const { worker } = openBulkWorker(engine, {
      concurrency: 500,
      run: async (id) => {
        started.push(id)
        if (started.length === 10) closing.resolve()
        await closing.promise
      },
    })

    await closing.promise
    // It has taken more than it runs.
    expect(worker.heldJobs).toBeGreaterThan(started.length)
    await worker.close()
    expect(worker.heldJobs).toBe(0)

    expect(started.length).toBeLessThan(500)
    expect(await engine.redis.llen(keysOf(engine).active)).toBe(0)
    expect(await queueOf(engine).getJobCountByTypes('wait', 'prioritized')).toBe(1000 - started.length)
  })

  engineTest(
    'leaves a job alone without an error that was taken again before its run has ended',
    async ({ engine }) => {
      await addJobs(engine, ['a'])
      const { jobBase, active } = keysOf(engine)
      const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      let runs = 0
      const { worker, errors } = openBulkWorker(engine, {
        concurrency: 2,
        run: async () => {
          runs += 1
          if (runs === 2) return await second.promise
          await releaseHeldJobs(engine.redis, jobBase, await readHeldJobs(engine.redis, jobBase))
          await first.promise
        },
      })
      await expect.poll(() => runs, { timeout: 10_000 }).toBe(2)

      const calls = scriptCalls().get('end-jobs') ?? 0
      first.resolve()
      await expect.poll(() => scriptCalls().get('end-jobs')).toBe(calls + 1)
      await engine.redis.ping()

      expect(await engine.redis.lrange(active, 0, -1)).toEqual(['a'])
      second.resolve()
      await expect.poll(() => engine.redis.llen(active)).toBe(0)
      await worker.close()
      expect(errors).toEqual([])
      expect(runs).toBe(2)
    },
  )
})
