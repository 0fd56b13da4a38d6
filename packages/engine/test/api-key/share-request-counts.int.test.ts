import { describe, expect } from 'vitest'
import { shareRequestCounts } from '../../src/api-key/share-request-counts.ts'
import { range } from '../../src/range.ts'
import { redisNow } from '../../src/redis-now.ts'
import { engineTest } from '../support/engine-test.ts'

const [A, B] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']

/** Longer than any test takes. */
const LONG_MS = 3_600_000

describe('counts of requests', () => {
  engineTest('are added up over all processes', async ({ engine, openRivals }) => {
    const rivals = await openRivals(5)
    const shared = (counts: [string, number][]) => ({ windowMs: LONG_MS, window: 0, counts: new Map(counts) })

    await Promise.all(rivals.flatMap((rival) => range(10).map(() => shareRequestCounts(rival, shared([[A, 3]])))))
    const { sums } = await shareRequestCounts(
      engine,
      shared([
        [A, 1],
        [B, 2],
      ]),
    )

    expect([...sums]).toEqual([
      [A, 151],
      [B, 2],
    ])
  })

  engineTest("belong to windows of Redis's clock", async ({ engine }) => {
    const before = await redisNow(engine)
    const { window, leftMs } = await shareRequestCounts(engine, {
      windowMs: 1000,
      window: 0,
      counts: new Map([[A, 1]]),
    })
    const after = await redisNow(engine)

    expect(window).toBeGreaterThanOrEqual(Math.floor(before / 1000))
    expect(window).toBeLessThanOrEqual(Math.floor(after / 1000))
    expect((window + 1) * 1000 - leftMs).toBeGreaterThanOrEqual(before)
    expect((window + 1) * 1000 - leftMs).toBeLessThanOrEqual(after)
  })

  engineTest('end with their window', async ({ engine }) => {
    const share = (counts: number) =>
      shareRequestCounts(engine, { windowMs: 200, window: 0, counts: new Map([[A, counts]]) })
    const first = await share(100)

    await expect.poll(async () => (await share(1)).window, { interval: 20 }).toBeGreaterThan(first.window)

    expect((await share(0)).sums.get(A)).toBeLessThan(100)
    // One hash with an expiry, however many windows there were.
    expect(await engine.redis.pttl(engine.keys.apiKeys.requests)).toBeGreaterThan(0)
  })

  engineTest('of a window that is over are dropped', async ({ engine }) => {
    const share = (window: number) =>
      shareRequestCounts(engine, { windowMs: LONG_MS, window, counts: new Map([[A, 10]]) })
    const { window } = await share(0)

    expect((await share(window)).sums.get(A)).toBe(20)
    expect((await share(window - 1)).sums.get(A)).toBe(20)
  })
})
