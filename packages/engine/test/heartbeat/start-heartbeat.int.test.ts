import { setTimeout as sleep } from 'node:timers/promises'
import { Worker as Thread } from 'node:worker_threads'
import { describe, expect } from 'vitest'
import { redisTest } from '@sluice/testing'
import { connectRedis } from '../../src/connect-redis.ts'
import { closeEngine, createEngine, type Engine } from '../../src/engine.ts'
import { RESTART_DELAY_MS, startHeartbeat, type HeartbeatThreadData } from '../../src/heartbeat/start-heartbeat.ts'
import type { BeatWatchData } from '../support/beat-watch-thread.ts'
import { IDLE } from '../support/idle-worker.ts'

const OFFER = { queues: 'all', types: ['http'] } as const

/** More than a worker makes while it may be silent, which is 3.5 s. */
const MANY_BEATS = 8

const heartbeatTest = redisTest
  .extend('engine', async ({ redisUrl, prefix, onTestFinished }) => {
    const redis = connectRedis(redisUrl)
    const engine = createEngine({ redis, prefix })
    onTestFinished(async () => {
      await closeEngine(engine)
      redis.disconnect()
    })
    return engine
  })
  .extend('start', ({ engine, onTestFinished }) => async (worker: string) => {
    const { load, profile } = IDLE
    const heartbeat = await startHeartbeat(engine, {
      worker,
      offer: OFFER,
      version: profile.version,
      concurrency: profile.concurrency,
      load: () => load,
      onRecovered: () => {},
      onError: () => {},
    })
    onTestFinished(() => heartbeat.stop())
    return heartbeat
  })

/** Starts a thread that ends with the test. */
function startThread(module: string, workerData: object, onTestFinished: (end: () => Promise<void>) => void): void {
  const thread = new Thread(new URL(module, import.meta.url), { workerData })
  onTestFinished(async () => void (await thread.terminate()))
}

/** Collects the threads that this process starts from now on. */
function watchThreads(onTestFinished: (end: () => void) => void): Thread[] {
  const threads: Thread[] = []
  const add = (thread: Thread) => void threads.push(thread)
  process.on('worker', add)
  onTestFinished(() => void process.off('worker', add))
  return threads
}

/** Until when a worker counts as alive, if it does not beat again. Null: it is not entered. */
async function lifetimeOf({ redis, keys }: Engine, worker: string): Promise<string | null> {
  return await redis.zscore(keys.workers.alive, worker)
}

describe('the heartbeat of a worker', () => {
  heartbeatTest('has begun when it is started, so that no job is taken before', async ({ engine, start }) => {
    await start('a')

    expect(await lifetimeOf(engine, 'a')).not.toBeNull()
  })

  heartbeatTest(
    'goes on while the event loop of the process is blocked, so that a slow handler costs no ticket',
    async ({ redisUrl, prefix, start, onTestFinished }) => {
      await start('busy')
      const seen = new Int32Array(new SharedArrayBuffer(4))
      const data: BeatWatchData = { redisUrl, prefix, worker: 'busy', beats: MANY_BEATS, seen }
      startThread('../support/beat-watch-thread.ts', data, onTestFinished)

      // No callback of this process runs meanwhile.
      const woken = Atomics.wait(seen, 0, 0, 60_000)

      expect(woken).not.toBe('timed-out')
    },
  )

  heartbeatTest('goes on in a new thread if its thread ends', async ({ engine, start, onTestFinished }) => {
    const threads = watchThreads(onTestFinished)
    await start('a')
    const [first] = threads

    await first?.terminate()
    const last = await lifetimeOf(engine, 'a')

    await expect.poll(() => lifetimeOf(engine, 'a'), { timeout: 20_000 }).not.toBe(last)
    expect(threads).toHaveLength(2)
  })

  heartbeatTest(
    'starts no thread after it was stopped, even if its thread has just ended',
    async ({ start, onTestFinished }) => {
      const threads = watchThreads(onTestFinished)
      const heartbeat = await start('a')

      await threads[0]?.terminate()
      await heartbeat.stop()
      await sleep(2 * RESTART_DELAY_MS)

      expect(threads).toHaveLength(1)
    },
  )

  heartbeatTest(
    'ends with an event loop that has not turned for more than a minute',
    async ({ engine, redisUrl, prefix, onTestFinished }) => {
      const beatFor = (worker: string, silentMs: number) => {
        const turnedAt = new BigInt64Array(new SharedArrayBuffer(8)).fill(BigInt(Date.now() - silentMs))
        const data: HeartbeatThreadData = { redisUrl, prefix, worker, offer: OFFER, turnedAt, ...IDLE }
        startThread('../../src/heartbeat/heartbeat-thread.ts', data, onTestFinished)
      }

      beatFor('hangs', 61_000)
      beatFor('busy', 0)
      await expect.poll(() => lifetimeOf(engine, 'busy'), { timeout: 20_000 }).not.toBeNull()
      const first = await lifetimeOf(engine, 'busy')
      await expect.poll(() => lifetimeOf(engine, 'busy'), { timeout: 20_000 }).not.toBe(first)

      expect(await lifetimeOf(engine, 'hangs')).toBeNull()
    },
  )

  heartbeatTest('takes the worker and its offer away when it stops', async ({ engine, start }) => {
    const heartbeat = await start('a')

    await heartbeat.stop()

    expect(await lifetimeOf(engine, 'a')).toBeNull()
    expect(await engine.redis.hexists(engine.keys.workers.offers, 'a')).toBe(0)
  })
})
