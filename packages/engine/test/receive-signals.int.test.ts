import { isCluster, RedisLink } from '@sluice/testing'
import type { Redis } from 'ioredis'
import { expect, vi } from 'vitest'
import { connectRedis } from '../src/connect-redis.ts'
import { createEngine } from '../src/engine.ts'
import { putLimit } from '../src/limit/put-limit.ts'
import { receiveSignals, sendSignal, type Signal } from '../src/signals.ts'
import { engineTest } from './support/engine-test.ts'

/** Skipped on a cluster: its servers announce the others' addresses, so that clients bypass a link. */
const linkTest = engineTest.skipIf(isCluster)

/** Five seconds, and as long again on a busy machine. */
const NOTICED_WITHIN_MS = 10_000

linkTest(
  'a subscriber receives signals again after the network has dropped its connection',
  async ({ engine, redisUrl, prefix, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    onTestFinished(() => link.close())
    const far = createEngine({ redis: connectRedis(link.url), prefix })
    far.redis.on('error', () => {})
    onTestFinished(() => far.redis.disconnect())
    const received: Signal[] = []
    onTestFinished(await receiveSignals(far, (signal) => received.push(signal)))

    link.forget()

    await expect
      .poll(
        async () => {
          await sendSignal(engine, { kind: 'queue', queue: 'a' })
          return received.length
        },
        { timeout: NOTICED_WITHIN_MS, interval: 200 },
      )
      .toBeGreaterThan(0)
  },
)

linkTest.for([true, false])(
  'a subscriber whose Redis falls silent as it reconnects fails nothing, and receives signals again (failFast: %s)',
  async (failFast, { engine, redisUrl, prefix, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    onTestFinished(() => link.close())
    const far = createEngine({ redis: connectRedis(link.url, { failFast }), prefix })
    far.redis.on('error', () => {})
    onTestFinished(() => far.redis.disconnect())
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => void process.off('unhandledRejection', note))
    const open = vi.spyOn(far.redis as Redis, 'duplicate')
    const received: Signal[] = []
    onTestFinished(await receiveSignals(far, (signal) => received.push(signal)))

    // What it sends when it is ready again finds the connection half open.
    const [listener] = open.mock.results.map(({ value }) => value as Redis)
    listener?.once('ready', () => link.forget())
    link.cut()
    link.restore()

    await expect
      .poll(
        async () => {
          await sendSignal(engine, { kind: 'queue', queue: 'a' })
          return open.mock.calls.length > 1 && received.length
        },
        { timeout: 2 * NOTICED_WITHIN_MS, interval: 200 },
      )
      .toBeGreaterThan(0)
    expect(unhandled).toEqual([])
  },
)

linkTest(
  'a subscriber begins although Redis is silent for longer than a connection is kept',
  async ({ redisUrl, prefix, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    onTestFinished(() => link.close())
    const far = createEngine({ redis: connectRedis(link.url), prefix })
    far.redis.on('error', () => {})
    onTestFinished(() => far.redis.disconnect())
    await far.redis.ping()
    const open = vi.spyOn(far.redis as Redis, 'duplicate')
    link.delay(60_000)

    const begun = receiveSignals(far, () => {})
    await expect.poll(() => open.mock.calls, { timeout: 2 * NOTICED_WITHIN_MS, interval: 200 }).toHaveLength(2)
    link.delay(0)

    onTestFinished(await begun)
  },
  60_000,
)

engineTest('workers are told when a limit is created or changed', async ({ engine, onTestFinished }) => {
  const received: Signal[] = []
  onTestFinished(await receiveSignals(engine, (signal) => received.push(signal)))

  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 1, perMs: 1000 }] })
  await putLimit(engine, 'api', { rules: [{ unit: 'requests', max: 2, perMs: 1000 }] })

  const changed = { kind: 'limit', limit: 'api' }
  await expect.poll(() => received).toEqual([changed, changed])
})
