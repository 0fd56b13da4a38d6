import type { Queue } from 'bullmq'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { readHeldJobs, releaseHeldJobs } from '../../src/bullmq/held-jobs.ts'
import { openWorker, type OpenWorker } from '../../src/bullmq/open-worker.ts'
import { queueKeysOf, type QueueKeys } from '../../src/bullmq/queue-keys.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { scriptCalls } from '../../src/scripts/define-script.ts'
import { endJobsScript } from '../../src/scripts/end-jobs.ts'
import { takeJobsScript, type JobRequest, type TakenJob } from '../../src/scripts/take-jobs.ts'
import { engineTest } from '../support/engine-test.ts'

function queueOf(engine: Engine): Queue {
  return engine.ticketQueues.open('default')
}

function keysOf(engine: Engine): QueueKeys {
  return queueKeysOf(queueOf(engine).toKey(''))
}

async function addJobs(engine: Engine, ids: readonly string[], priority = 1): Promise<void> {
  const opts = { priority, attempts: 10, removeOnComplete: true, removeOnFail: true }
  await queueOf(engine).addBulk(ids.map((jobId) => ({ name: 'ticket', data: { epoch: 1 }, opts: { ...opts, jobId } })))
}

async function takeJobs(engine: Engine, request: Partial<JobRequest>): Promise<TakenJob[]> {
  const keys = keysOf(engine)
  const defaults = { jobBase: keys.jobBase, lockBase: 'w1:1.', lockMs: 60_000, want: 1000, share: 1 }
  return (await takeJobsScript.run(engine.redis, keys, { ...defaults, ...request })).jobs
}

async function endJobs(engine: Engine, jobs: readonly TakenJob[]): Promise<number> {
  const keys = keysOf(engine)
  return (await endJobsScript.run(engine.redis, keys, { jobBase: keys.jobBase, jobs })).count
}

/** The ids of so many jobs. BullMQ accepts no plain numbers. */
const ids = (count: number) => range(count).map((i) => `j${i}`)

const idsOf = (jobs: readonly TakenJob[]) => jobs.map(({ job }) => job)

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

describe('taking many jobs', () => {
  engineTest('takes them in the order in which BullMQ would', async ({ engine }) => {
    await addJobs(engine, ['late'], 2)
    await addJobs(engine, ['first', 'second'], 1)
    await addJobs(engine, ['returned'], 0)

    const jobs = await takeJobs(engine, {})

    expect(idsOf(jobs)).toEqual(['returned', 'first', 'second', 'late'])
  })

  engineTest('holds each with a lock of its own, as a started run', async ({ engine }) => {
    await addJobs(engine, ['a', 'b'])

    await takeJobs(engine, { lockBase: 'w1:7.' })

    const held = await readHeldJobs(engine.redis, keysOf(engine).jobBase)
    expect(held.toSorted((a, b) => a.job.localeCompare(b.job))).toEqual([
      { job: 'a', lock: 'w1:7.1' },
      { job: 'b', lock: 'w1:7.2' },
    ])
    expect((await queueOf(engine).getJob('b'))?.attemptsStarted).toBe(1)
  })

  engineTest('leaves the rest to others: it takes one in so many of those that wait', async ({ engine }) => {
    await addJobs(engine, ids(50))

    expect(idsOf(await takeJobs(engine, { share: 16 }))).toEqual(['j0', 'j1', 'j2'])
    expect(idsOf(await takeJobs(engine, { share: 48 }))).toEqual([])
    expect(idsOf(await takeJobs(engine, { want: 2 }))).toEqual(['j3', 'j4'])
  })

  engineTest('takes no more than the queue may run at once, and none while it is paused', async ({ engine }) => {
    await addJobs(engine, ids(10))
    await queueOf(engine).setGlobalConcurrency(3)

    expect(idsOf(await takeJobs(engine, { want: 2 }))).toEqual(['j0', 'j1'])
    expect(idsOf(await takeJobs(engine, {}))).toEqual(['j2'])
    expect(idsOf(await takeJobs(engine, {}))).toEqual([])

    await queueOf(engine).removeGlobalConcurrency()
    await queueOf(engine).pause()
    expect(idsOf(await takeJobs(engine, {}))).toEqual([])
  })
})

describe('ending many jobs', () => {
  engineTest('leaves nothing of them in Redis', async ({ engine }) => {
    await addJobs(engine, ['a', 'b'])
    const jobs = await takeJobs(engine, {})

    expect(await endJobs(engine, jobs)).toBe(2)

    const { jobBase, active } = keysOf(engine)
    expect(
      await engine.redis.exists(active, `${jobBase}a`, `${jobBase}a:lock`, `${jobBase}b`, `${jobBase}b:lock`),
    ).toBe(0)
    expect(await endJobs(engine, jobs)).toBe(0)
  })

  engineTest('does not touch a job that another worker holds by now', async ({ engine }) => {
    await addJobs(engine, ['a'])
    const stale = await takeJobs(engine, { lockBase: 'w1:1.' })
    await releaseHeldJobs(engine.redis, keysOf(engine).jobBase, stale)
    await takeJobs(engine, { lockBase: 'w2:1.' })

    expect(await endJobs(engine, stale)).toBe(0)

    expect(await readHeldJobs(engine.redis, keysOf(engine).jobBase)).toEqual([{ job: 'a', lock: 'w2:1.1' }])
    expect(await queueOf(engine).getJob('a')).toBeDefined()
  })

  engineTest('wakes a worker only if a job waits that it may take', async ({ engine }) => {
    const { marker } = keysOf(engine)
    await addJobs(engine, ['a', 'b', 'c'])
    const wakes = async (job: TakenJob) => {
      await engine.redis.del(marker)
      await endJobs(engine, [job])
      return (await engine.redis.exists(marker)) === 1
    }
    const [a, b] = (await takeJobs(engine, { want: 2 })) as [TakenJob, TakenJob]

    expect(await wakes(a)).toBe(true)
    await queueOf(engine).pause()
    expect(await wakes(b)).toBe(false)
    await queueOf(engine).resume()
    const [c] = (await takeJobs(engine, { lockBase: 'w1:2.' })) as [TakenJob]
    expect(await wakes(c)).toBe(false)
  })
})

describe('a worker that takes and ends many jobs in one call', () => {
  engineTest('fills a thousand slots and empties them in a tenth of the calls', async ({ engine }) => {
    await addJobs(engine, ids(1000))
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
    await addJobs(engine, ids(1000))
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
    await addJobs(engine, ids(200))
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
    await addJobs(engine, ids(600))
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

    expect(runs.toSorted()).toEqual(ids(600).toSorted())
    expect(most).toBeLessThanOrEqual(100)
    expect(most).toBeGreaterThan(50)
    expect(mostOfOne).toBeLessThanOrEqual(40)
    expect(workers.flatMap(({ errors }) => errors)).toEqual([])
  })

  engineTest('returns the jobs that it has not run when it closes', async ({ engine }) => {
    await addJobs(engine, ids(1000))
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
