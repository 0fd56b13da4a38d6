import { exclusiveServer, redisTest } from '@sluice/testing'
import { Redis } from 'ioredis'
import { describe, expect } from 'vitest'
import type { LimitRule, LimitUpdate } from '../../src/model/limit.ts'
import { mostInAnyWindow, type Grant } from '../support/ledger-model.ts'
import { TimedLedger } from '../support/timed-ledger.ts'

const START = 1_700_000_000_000_000
const SECOND = 1_000_000
const QUESTION = { maxLookAheadUs: SECOND, leadUs: 0 }
const NO_SPACING = 1000

/** The scripts with a replaced clock are loaded into one server, so the test needs a server of its own. */
const ownServerTest = redisTest.override('redisServer', { scope: 'file' }, exclusiveServer)

const test = ownServerTest
  .extend('redis', ({ redisUrl, onTestFinished }) => {
    const redis = new Redis(redisUrl)
    onTestFinished(() => redis.disconnect())
    return redis
  })
  .extend('open', ({ redis, prefix }) => {
    return async (settings: LimitUpdate): Promise<TimedLedger> => {
      const ledger = await TimedLedger.open(redis, prefix)
      await ledger.put(START, { burstFactor: NO_SPACING, ...settings })
      return ledger
    }
  })

const requests = (max: number, perMs: number): LimitRule => ({ unit: 'requests', max, perMs })

/** Asks for `count` tasks in one call, and returns the answer for each. */
async function askFor(ledger: TimedLedger, now: number, count: number): Promise<number[]> {
  const { answers } = await ledger.acquire(
    now,
    QUESTION,
    Array.from({ length: count }, () => ({ requests: 1 })),
  )
  return answers as number[]
}

const granted = (answers: readonly unknown[]): number => answers.filter((answer) => Number(answer) > 0).length

describe('a change of the rules', () => {
  test('to another window keeps earlier grants', async ({ open }) => {
    const ledger = await open({ rules: [requests(10, 60_000)] })
    expect(granted(await askFor(ledger, START, 8))).toBe(8)

    await ledger.put(START + SECOND, { rules: [requests(10, 30_000)], burstFactor: NO_SPACING })

    expect(granted(await askFor(ledger, START + 2 * SECOND, 5))).toBe(2)
    expect(granted(await askFor(ledger, START + 31 * SECOND, 20))).toBe(8)
    expect(Object.keys(await ledger.fields()).filter((field) => field.startsWith('requests/60000000'))).toEqual([])
  })

  test('after a long idle time reads no more cells than a window has', async ({ open, redis }) => {
    const ledger = await open({ rules: [requests(10, 100), requests(50, 60_000)] })
    await askFor(ledger, START, 3)
    await redis.config('RESETSTAT')

    await ledger.put(START + 3000 * SECOND, { rules: [requests(10, 200)], burstFactor: NO_SPACING })

    const [, reads] = /cmdstat_hmget:calls=(\d+)/.exec(await redis.info('commandstats')) ?? []
    expect(Number(reads)).toBeLessThan(100)
    const cells = Object.keys(await ledger.fields()).filter((field) => /^requests.*:\d+$/.test(field))
    expect(cells).toEqual([])
  })

  test('to a lower maximum applies immediately', async ({ open }) => {
    const ledger = await open({ rules: [requests(10, 60_000)] })
    await askFor(ledger, START, 4)

    await ledger.put(START + SECOND, { rules: [requests(5, 60_000)], burstFactor: NO_SPACING })

    expect(granted(await askFor(ledger, START + 2 * SECOND, 10))).toBe(1)
  })
})

test('a task that weighs more than a rule ever allows gets that rule, and the other tasks are served', async ({
  open,
}) => {
  const ledger = await open({ rules: [requests(10, 60_000), { unit: 'tokens', max: 100, perMs: 60_000 }] })

  const { answers } = await ledger.acquire(START, QUESTION, [{ tokens: 101 }, { tokens: 100 }])

  expect(answers).toEqual([['tokens', 100, 60_000], START])
})

test('light tasks do not delay heavy tasks forever', async ({ open }) => {
  const ledger = await open({ rules: [{ unit: 'tokens', max: 1000, perMs: 10_000 }] })
  let heavyAt = 0
  for (let now = START; now < START + 120 * SECOND && heavyAt === 0; now += 20_000) {
    await ledger.acquire(now, QUESTION, [{ tokens: 10 }])
    if (now < START + 20 * SECOND) continue
    const [answer] = (await ledger.acquire(now, QUESTION, [{ tokens: 600 }])).answers
    if (Number(answer) > 0) heavyAt = Number(answer)
  }

  expect(heavyAt).toBeGreaterThan(0)
  expect(heavyAt).toBeLessThan(START + 40 * SECOND)
})

const HOUR = 3600 * SECOND

describe('a clock that is set back by an hour', () => {
  test.for([10_000, 86_400_000])('neither blocks a limit of %i ms nor makes it forget', async (perMs, { open }) => {
    const ledger = await open({ rules: [{ unit: 'tokens', max: 10, perMs }] })
    const ask = async (now: number, count: number) => {
      const tasks = Array.from({ length: count }, () => ({ tokens: 1 }))
      return granted((await ledger.acquire(now, QUESTION, tasks)).answers)
    }
    expect(await ask(START, 6)).toBe(6)

    const atOnce = await ask(START - HOUR + SECOND, 9)
    const afterOneWindow = await ask(START - HOUR + SECOND + perMs * 1020, 20)

    expect([atOnce, afterOneWindow]).toEqual([4, 10])
  })

  test('does not stop a limit whose window is longer', async ({ open }) => {
    const ledger = await open({ rules: [requests(10_000, 86_400_000)] })
    await askFor(ledger, START, 6)

    expect(granted(await askFor(ledger, START - HOUR + SECOND, 9))).toBe(9)
    expect((await ledger.read(START - HOUR + 2 * SECOND)).uses).toEqual([15, 0])
  })

  test('leaves no window above the maximum until the time is reached again', async ({ open }) => {
    const ledger = await open({ rules: [requests(5, 1000)] })
    const calls: Grant[] = []
    // In real time, an hour of the clock comes twice.
    const ask = async (now: number, realUs: number) => {
      for (const start of await askFor(ledger, now, 3)) {
        if (start > 0) calls.push({ startUs: realUs, calledUs: realUs + start - now, weights: { requests: 1 } })
      }
    }
    for (let us = 0; us < 5 * SECOND; us += 90_000) await ask(START + us, us)
    for (let us = 5 * SECOND; us < 10 * SECOND; us += 90_000) await ask(START + us - HOUR, us)
    for (let us = HOUR - 2 * SECOND; us < HOUR + 12 * SECOND; us += 90_000) await ask(START + us - HOUR, us)

    expect(mostInAnyWindow(calls, 'requests', SECOND)).toBeLessThanOrEqual(5)
    expect(calls.length).toBeGreaterThan(100)
  })

  test('lifts no pause, and voids permits that were booked before', async ({ open }) => {
    const ledger = await open({ rules: [requests(10, 60_000)] })
    const [booked = 0] = await askFor(ledger, START, 1)
    await ledger.pause(START, 20 * SECOND, 0)

    expect((await ledger.read(START - HOUR)).pauseUs).toBe(20 * SECOND)
    expect(granted(await askFor(ledger, START - HOUR, 1))).toBe(0)
    expect(granted(await askFor(ledger, START - HOUR + 19 * SECOND, 1))).toBe(1)
    expect(await ledger.extend(START - HOUR + 21 * SECOND, 0, booked, { requests: 1 })).toBe(false)
    await ledger.settle(START - HOUR + 22 * SECOND, booked, 'requests', 5)
    expect((await ledger.read(START - HOUR + 22 * SECOND)).uses).toEqual([2, 0])
  })

  test('keeps what counts when the rules change then', async ({ open }) => {
    const ledger = await open({ rules: [requests(10, 60_000)] })
    await askFor(ledger, START, 6)

    const now = START - HOUR
    await ledger.put(now, {
      rules: [requests(10, 60_000), requests(8, 30_000)],
      burstFactor: NO_SPACING,
    })

    expect(granted(await askFor(ledger, now + SECOND, 9))).toBe(2)
  })
})

test('refused tasks ask again one after the other, within two minutes', async ({ open }) => {
  const ledger = await open({ rules: [requests(10, 10_000)] })
  await askFor(ledger, START, 10)

  const rests = (await askFor(ledger, START + SECOND, 120)).map((rest) => -rest)

  expect(Math.max(...rests)).toBe(120 * SECOND)
  const staggered = rests.filter((rest) => rest < 120 * SECOND)
  expect(staggered.length).toBeGreaterThan(3)
  const gaps = staggered.slice(1).map((rest, i) => rest - (staggered[i] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SECOND)
})

test('the used and reserved amounts and the next start time match the grants', async ({ open }) => {
  const ledger = await open({ rules: [requests(4, 1000)], burstFactor: 2 })
  const starts = await askFor(ledger, START, 4)
  expect(starts.map((start) => start - START)).toEqual([0, 125_000, 250_000, 375_000])

  const { uses, nextUs } = await ledger.read(START + 200_000)

  expect(uses).toEqual([2, 2])
  expect(nextUs).toBeGreaterThan(800_000)
  expect(nextUs).toBeLessThan(820_000)
})

test('an idle limit keeps no expired cells', async ({ open }) => {
  const ledger = await open({ rules: [requests(50, 1000)] })
  for (let i = 0; i < 20; i += 1) await askFor(ledger, START + i * 300_000, 10)

  await askFor(ledger, START + 100 * SECOND, 1)

  const cells = Object.keys(await ledger.fields()).filter((field) => /:\d+$/.test(field))
  expect(cells).toHaveLength(1)
})

describe('a late start', () => {
  test('is allowed as long as every later grant counted it', async ({ open }) => {
    const ledger = await open({ rules: [requests(2, 1000)] })
    const [start = 0] = await askFor(ledger, START, 2)

    expect(await ledger.extend(start + 100_000, 10_000, start, { requests: 1 })).toBe(true)
    // The permit counts from its new time, so the next call cannot start when the window of its old start time ends.
    const [first = 0, second = 0] = await askFor(ledger, START + 500_000, 2)
    expect(first - START).toBeLessThan(1_020_000)
    expect(second - START).toBeGreaterThan(1_110_000)
  })

  test('is refused once a later grant no longer counted it', async ({ open }) => {
    const ledger = await open({ rules: [requests(2, 1000)] })
    const [start = 0] = await askFor(ledger, START, 2)
    await askFor(ledger, START + 500_000, 1)

    expect(await ledger.extend(START + 600_000, 10_000, start, { requests: 1 })).toBe(false)
  })

  test('is refused while the limit is paused', async ({ open }) => {
    const ledger = await open({ rules: [requests(2, 1000)] })
    const [start = 0] = await askFor(ledger, START, 1)
    await ledger.pause(START + 1000, SECOND, 0)

    expect(await ledger.extend(START + 2000, 10_000, start, { requests: 1 })).toBe(false)
  })
})

describe('after a refusal by the upstream', () => {
  test('no task starts before the time it named, and later starts are spaced', async ({ open }) => {
    const ledger = await open({ rules: [requests(100, 1000)], burstFactor: 1 })
    await askFor(ledger, START, 1)
    await ledger.pause(START + 1000, 300_000, 0)

    const starts = await askFor(ledger, START + 2000, 3)

    expect(starts).toEqual([START + 301_000, START + 311_000, START + 321_000])
  })

  test('that named no time, a single probe tries again, with a longer backoff each time', async ({ open }) => {
    const ledger = await open({ rules: [requests(100, 1000)] })
    await askFor(ledger, START, 1)
    await ledger.pause(START, 0, 0)

    const probe = await ledger.acquire(START + 1000, QUESTION, [{ requests: 1 }, { requests: 1 }])
    const others = await ledger.acquire(START + 2000, QUESTION, [{ requests: 1 }])
    expect([probe.isProbe, probe.answers[0], granted(probe.answers)]).toEqual([true, START + 250_000, 1])
    expect(granted(others.answers)).toBe(0)

    await ledger.pause(START + 300_000, 0, probe.epoch)
    const second = await ledger.acquire(START + 301_000, QUESTION, [{ requests: 1 }])
    expect([second.isProbe, second.answers[0]]).toEqual([true, START + 675_000])

    await ledger.endProbe(START + 700_000, 'passed', second.epoch)
    const after = await ledger.acquire(START + 701_000, QUESTION, [{ requests: 1 }, { requests: 1 }])
    expect([after.isProbe, granted(after.answers)]).toEqual([false, 2])
  })

  test('another probe follows one that never arrived, and one whose worker died', async ({ open }) => {
    const ledger = await open({ rules: [requests(100, 1000)] })
    await ledger.pause(START, 0, 0)
    const lost = await ledger.acquire(START + SECOND, QUESTION, [{ requests: 1 }])

    await ledger.endProbe(START + 2 * SECOND, 'unknown', lost.epoch)
    const second = await ledger.acquire(START + 2 * SECOND + 1, QUESTION, [{ requests: 1 }])
    const third = await ledger.acquire(START + 33 * SECOND, QUESTION, [{ requests: 1 }])

    expect([lost.isProbe, second.isProbe, third.isProbe]).toEqual([true, true, true])
  })

  test('no pause lasts longer than the limit allows, whatever time the upstream named', async ({ open }) => {
    const ledger = await open({ rules: [requests(100, 1000)], maxPauseMs: 5000 })

    for (const cause of ['refused', 'exhausted']) await ledger.pause(START, 3600 * SECOND, 0, cause)

    expect((await ledger.read(START)).pauseUs).toBe(5 * SECOND)
  })

  test('a pause that runs is shortened when the limit allows less', async ({ open }) => {
    const ledger = await open({ rules: [requests(100, 1000)] })
    await ledger.pause(START, 3600 * SECOND, 0)
    const { pauseUs } = await ledger.read(START)

    await ledger.put(START + SECOND, { rules: [requests(100, 1000)], maxPauseMs: 1000 })

    expect(pauseUs).toBe(900 * SECOND)
    expect((await ledger.read(START + SECOND)).pauseUs).toBe(SECOND)
  })

  test('calls that started before the pause cause no second pause', async ({ open }) => {
    const ledger = await open({ rules: [requests(100, 1000)], adaptive: true })
    const { epoch } = await ledger.acquire(START, QUESTION, [{ requests: 1 }])
    await ledger.pause(START + 1000, 0, epoch)
    const { pauseUs, permille } = await ledger.read(START + 2000)

    await ledger.pause(START + 2000, 0, epoch)

    expect(await ledger.read(START + 2000)).toMatchObject({ pauseUs, permille })
  })
})
