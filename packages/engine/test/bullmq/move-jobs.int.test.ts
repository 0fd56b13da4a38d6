import { describe, expect } from 'vitest'
import { readHeldJobs, releaseHeldJobs } from '../../src/bullmq/held-jobs.ts'
import type { Engine } from '../../src/engine.ts'
import { endJobsScript } from '../../src/scripts/end-jobs.ts'
import { takeJobsScript, type JobRequest, type TakenJob } from '../../src/scripts/take-jobs.ts'
import { engineTest } from '../support/engine-test.ts'
import { addJobs, jobIds, keysOf, queueOf } from '../support/jobs.ts'

async function takeJobs(engine: Engine, request: Partial<JobRequest>): Promise<TakenJob[]> {
  const keys = keysOf(engine)
  const defaults = { jobBase: keys.jobBase, lockBase: 'w1:1.', lockMs: 60_000, want: 1000, share: 1 }
  return (await takeJobsScript.run(engine.redis, keys, { ...defaults, ...request })).jobs
}

async function endJobs(engine: Engine, jobs: readonly TakenJob[]): Promise<number> {
  const keys = keysOf(engine)
  return (await endJobsScript.run(engine.redis, keys, { jobBase: keys.jobBase, jobs })).count
}

const idsOf = (jobs: readonly TakenJob[]) => jobs.map(({ job }) => job)

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
    await addJobs(engine, jobIds(50))

    expect(idsOf(await takeJobs(engine, { share: 16 }))).toEqual(['j0', 'j1', 'j2'])
    expect(idsOf(await takeJobs(engine, { share: 48 }))).toEqual([])
    expect(idsOf(await takeJobs(engine, { want: 2 }))).toEqual(['j3', 'j4'])
  })

  engineTest('takes no more than the queue may run at once, and none while it is paused', async ({ engine }) => {
    await addJobs(engine, jobIds(10))
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
