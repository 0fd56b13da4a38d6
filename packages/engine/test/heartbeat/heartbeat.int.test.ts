import { DelayedError, Worker as BullWorker } from 'bullmq'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { openWorker } from '../../src/bullmq/open-worker.ts'
import { LostJobs } from '../../src/bullmq/lost-jobs.ts'
import type { Engine } from '../../src/engine.ts'
import { releaseJobs, releaseOrphanedJobs } from '../../src/heartbeat/release-jobs.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { listWorkers } from '../../src/heartbeat/list-workers.ts'
import { readOffers } from '../../src/heartbeat/offers.ts'
import type { Offer } from '../../src/model/offer.ts'
import type { WorkerLoad } from '../../src/model/worker-status.ts'
import { redisNow } from '../../src/redis-now.ts'
import { beatScript } from '../../src/scripts/beat.ts'
import type { HeldJob } from '../../src/scripts/release-jobs.ts'
import { serveTickets, type RunEnd, type TicketRun } from '../../src/turn/serve-tickets.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { IDLE } from '../support/idle-worker.ts'

const TTL_MS = 60
const GAP_MS = 40

/** One beat with a short time to live. Returns the workers that it found dead. */
async function beat(
  { redis, keys }: Engine,
  worker: string,
  ttlMs = TTL_MS,
  offer: Offer = { queues: 'all', types: ['http'] },
  load: WorkerLoad = IDLE.load,
): Promise<string[]> {
  const request = { worker, offer, profile: IDLE.profile, load, ttlMs, gapMs: GAP_MS, graceMs: TTL_MS }
  return (await beatScript.run(redis, { ...keys.workers }, request)).dead
}

/** Lets a worker beat until a condition holds, often enough that Redis never seems to have been away. */
async function beatUntil(engine: Engine, worker: string, isOver: (dead: string[]) => boolean): Promise<string[]> {
  const dead: string[] = []
  for (let i = 0; !isOver(dead) && i < 200; i += 1) {
    dead.push(...(await beat(engine, worker)))
    await sleep(5)
  }
  return dead
}

describe('a beat', () => {
  engineTest('finds a worker dead that no longer beats, and only one caller learns of it', async ({ engine }) => {
    await beat(engine, 'dead')

    const found = await beatUntil(engine, 'alive', (dead) => dead.length > 0)

    expect(found).toEqual(['dead'])
    expect(await beat(engine, 'alive')).toEqual([])
    expect(await beat(engine, 'other')).toEqual([])
  })

  engineTest('finds nobody dead right after Redis was away, when nobody could beat', async ({ engine }) => {
    await beat(engine, 'a')
    await beat(engine, 'b')
    await sleep(TTL_MS + GAP_MS)

    const found = [...(await beat(engine, 'a')), ...(await beat(engine, 'b')), ...(await beat(engine, 'a'))]

    expect(found).toEqual([])
  })

  engineTest('finds the others dead in time although all workers died and a new one started', async ({ engine }) => {
    await beat(engine, 'a')
    await beat(engine, 'b')
    await sleep(TTL_MS + GAP_MS)

    const found = await beatUntil(engine, 'new', (dead) => dead.length > 1)

    expect(found.toSorted()).toEqual(['a', 'b'])
  })

  engineTest('lets a worker live that returns after it was found dead', async ({ engine }) => {
    await beat(engine, 'frozen')
    await beatUntil(engine, 'alive', (dead) => dead.length > 0)

    await beat(engine, 'frozen', 60_000)

    expect(await engine.redis.zscore(engine.keys.workers.alive, 'frozen')).not.toBeNull()
    expect(await beat(engine, 'alive')).toEqual([])
  })

  engineTest('finds a worker dead although the clock of Redis was set back', async ({ engine }) => {
    await beat(engine, 'alive')
    await engine.redis.zadd(engine.keys.workers.alive, Date.now() + 3_600_000, 'dead')

    expect(await beatUntil(engine, 'alive', (dead) => dead.length > 0)).toEqual(['dead'])
  })
})

describe('the offer of a worker', () => {
  const mails: Offer = { queues: ['mail'], types: ['mail', 'http'] }

  engineTest('is listed from its first beat, together with how many workers make it', async ({ engine }) => {
    await beat(engine, 'a', 60_000, mails)
    await beat(engine, 'b', 60_000, { queues: ['mail'], types: ['http', 'mail'] })
    await beat(engine, 'c', 60_000)

    expect((await readOffers(engine)).toSorted((a, b) => a.workers - b.workers)).toEqual([
      { queues: 'all', types: ['http'], workers: 1 },
      { queues: ['mail'], types: ['http', 'mail'], workers: 2 },
    ])
  })

  engineTest('does not count once the worker has missed its beats, and is gone once it is dead', async ({ engine }) => {
    await beat(engine, 'dead', TTL_MS, mails)
    await sleep(TTL_MS + 5)
    expect(await readOffers(engine)).toEqual([{ queues: ['mail'], types: ['http', 'mail'], workers: 0 }])

    await beatUntil(engine, 'alive', (dead) => dead.length > 0)
    await beat(engine, 'alive', 60_000)

    expect(await readOffers(engine)).toEqual([{ queues: 'all', types: ['http'], workers: 1 }])
    const { offers, profiles, loads } = engine.keys.workers
    for (const hash of [offers, profiles, loads]) expect(await engine.redis.hkeys(hash)).toEqual(['alive'])
  })

  engineTest('returns with a worker that was found dead', async ({ engine }) => {
    await beat(engine, 'frozen', TTL_MS, mails)
    await beatUntil(engine, 'alive', (dead) => dead.length > 0)

    await beat(engine, 'frozen', 60_000, mails)

    expect(await readOffers(engine)).toContainEqual({ queues: ['mail'], types: ['http', 'mail'], workers: 1 })
  })

  engineTest('is refused if a type contains a line break, which would announce other types', async ({ engine }) => {
    await expect(beat(engine, 'a', TTL_MS, { queues: 'all', types: ['a\nhttp'] })).rejects.toThrow(
      '"a\\nhttp" is not a task type, because it contains a line break.',
    )
  })
})

describe('the list of workers', () => {
  const mails: Offer = { queues: ['mail', 'fax'], types: ['mail'] }

  engineTest('has what the last beat of each worker said, and when that was', async ({ engine }) => {
    const before = await redisNow(engine)
    await beat(engine, 'a', 60_000, mails, { running: 1, tickets: { fax: 1 } })
    await beat(engine, 'a', 60_000, mails, { running: 5, tickets: { mail: 2, fax: 1 } })

    const [worker, ...others] = await listWorkers(engine)

    expect(others).toEqual([])
    expect(worker).toEqual({
      id: 'a',
      ...IDLE.profile,
      queues: ['fax', 'mail'],
      types: ['mail'],
      running: 5,
      tickets: { mail: 2, fax: 1 },
      lastBeatAt: expect.any(Number),
    })
    // The time to live of this beat is another one than that of workers.
    expect((worker?.lastBeatAt ?? 0) + 3500).toBeGreaterThanOrEqual(before + 60_000)
  })

  engineTest('has no worker that has missed its beats', async ({ engine }) => {
    await beat(engine, 'late', 1)
    await beat(engine, 'alive', 60_000)
    await sleep(5)

    expect((await listWorkers(engine)).map(({ id }) => id)).toEqual(['alive'])
  })

  engineTest('is narrowed to workers that serve a queue, and shows nothing of other queues', async ({ engine }) => {
    await beat(engine, 'a', 60_000, mails, { running: 3, tickets: { mail: 2, fax: 1 } })
    await beat(engine, 'b', 60_000, { queues: ['llm'], types: ['http'] })
    await beat(engine, 'c', 60_000, { queues: 'all', types: ['http'] }, { running: 1, tickets: { llm: 1 } })

    const workers = await listWorkers(engine, { granted: ['ma*'] })

    expect(workers.map(({ id, queues, tickets }) => ({ id, queues, tickets }))).toEqual([
      { id: 'a', queues: ['mail'], tickets: { mail: 2 } },
      { id: 'c', queues: 'all', tickets: {} },
    ])
  })
})

/** A run that ends when the test ends it. */
function hangingRun() {
  const started: TicketRun[] = []
  const { promise, resolve } = Promise.withResolvers<RunEnd>()
  return {
    started,
    end: () => resolve({ kind: 'superseded' }),
    runTicket: (run: TicketRun) => {
      started.push(run)
      return promise
    },
  }
}

const test = engineTest.extend('serve', ({ openEngine, onTestFinished }) => {
  /** Runs the tickets of the default queue for a worker. The runs hang until the test ends. */
  return async (concurrency = 5) => {
    const engine = openEngine()
    const workerId = await addWorker(engine)
    const run = hangingRun()
    const service = await serveTickets(engine, 'default', { ...run, concurrency, workerId, onError: () => {} })
    onTestFinished(async () => {
      run.end()
      await service.close()
    })
    return { workerId, runs: run.started }
  }
})

describe('the jobs of a dead worker', () => {
  test('return to their queue, and run again with greater run ids; others stay', async ({ engine, serve }) => {
    await newBatch(engine, { tasks: 6, concurrency: 4 })
    const dead = await serve(2)
    await expect.poll(() => dead.runs.length).toBe(2)
    const other = await serve(2)
    await expect.poll(() => other.runs.length).toBe(2)

    const spare = await serve(4)
    expect(await releaseJobs(engine, [dead.workerId])).toBe(2)

    await expect.poll(() => spare.runs.length).toBe(2)
    const tickets = (runs: TicketRun[]) => runs.map(({ ticket }) => ticket).toSorted((a, b) => a - b)
    expect(tickets(spare.runs)).toEqual(tickets(dead.runs))
    expect(spare.runs.every(({ run }) => run.endsWith('.2'))).toBe(true)
    expect(other.runs).toHaveLength(2)
  })

  test('are found by the reconciler if the worker that learned of the death died, too', async ({ engine, serve }) => {
    await newBatch(engine, { tasks: 4, concurrency: 2 })
    const dead = await serve(1)
    await expect.poll(() => dead.runs.length).toBe(1)
    const alive = await serve(1)
    await expect.poll(() => alive.runs.length).toBe(1)
    await engine.redis.zrem(engine.keys.workers.alive, dead.workerId)

    expect((await reconcile(engine)).jobsReleased).toBe(1)
    expect(await releaseOrphanedJobs(engine)).toBe(0)
  })
})

describe('a job that its worker has taken but does not run', () => {
  /** Takes a ticket as a worker does whose connection breaks before the reply arrives. */
  async function loseReply(engine: Engine, workerId: string): Promise<{ base: string; job: string }> {
    await newBatch(engine, { tasks: 1 })
    const queue = engine.ticketQueues.open('default')
    const worker = new BullWorker('default', null, {
      connection: engine.redis,
      prefix: engine.keys.tickets('default'),
      autorun: false,
      lockDuration: 60_000,
    })
    const job = await worker.getNextJob(`${workerId}:7`, { block: false })
    await worker.close()
    return { base: queue.toKey(''), job: job?.id ?? '' }
  }

  engineTest('returns to its queue, once a reply can no longer be on its way', async ({ engine }) => {
    const { base, job } = await loseReply(engine, 'w1')
    const lost = new LostJobs(engine.redis, { base, workerId: 'w1', isRunning: () => false, onError: () => {} })

    expect(await lost.pass()).toBe(0)
    await expect.poll(() => lost.pass(), { timeout: 5000 }).toBe(1)
    lost.stop()

    expect(await engine.redis.lrange(`${base}wait`, 0, -1)).toEqual([job])
    expect(await engine.redis.exists(`${base}${job}:lock`)).toBe(0)
  })

  engineTest('stays if the worker runs it after all, and so do the jobs of others', async ({ engine }) => {
    const { base, job } = await loseReply(engine, 'w1')
    const running = new Set<string>()
    const isRunning = (held: HeldJob) => running.has(held.job)
    const lost = new LostJobs(engine.redis, { base, workerId: 'w1', isRunning, onError: () => {} })
    const other = new LostJobs(engine.redis, { base, workerId: 'w2', isRunning: () => false, onError: () => {} })
    await lost.pass()
    running.add(job)

    await sleep(2100)

    expect(await lost.pass()).toBe(0)
    expect([await other.pass(), await other.pass()]).toEqual([0, 0])
    lost.stop()
    other.stop()
  })

  engineTest('is not one that runs again before an earlier run of it has ended', async ({ engine }) => {
    await newBatch(engine, { tasks: 1 })
    const starts: string[] = []
    const [firstEnded, secondMayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const worker = openWorker<unknown, void>(engine.redis, {
      queue: 'default',
      prefix: engine.keys.tickets('default'),
      concurrency: 2,
      workerId: 'w1',
      run: async (job, token) => {
        starts.push(job.id ?? '')
        if (starts.length > 1) return await secondMayEnd.promise
        await job.moveToDelayed(Date.now(), token)
        await expect.poll(() => starts.length, { timeout: 10_000 }).toBe(2)
        setImmediate(() => firstEnded.resolve())
        throw new DelayedError()
      },
      onError: () => {},
      describe: { queue: 'failed', job: () => 'failed' },
    })
    await firstEnded.promise

    const found = [await worker.lostJobs.pass(), await sleep(2100), await worker.lostJobs.pass()]

    expect(found).toEqual([0, undefined, 0])
    expect(new Set(starts).size).toBe(1)
    secondMayEnd.resolve()
    await worker.close()
  })
})
