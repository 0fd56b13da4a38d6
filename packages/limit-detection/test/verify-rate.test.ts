import { seededRandom } from '@sluice/testing'
import { describe, expect, test } from 'vitest'
import type { RateEstimate } from '../src/choose-fit.ts'
import type { Probe } from '../src/probe.ts'
import { ProbeSession } from '../src/probe-session.ts'
import { verifyBelow, verifyRate, type Verification } from '../src/verify-rate.ts'
import { pausing, slidingLog, tokenBucket } from './support/limiters.ts'
import { VirtualClock } from './support/virtual-clock.ts'
import { virtualUpstream, type VirtualUpstreamOptions } from './support/virtual-upstream.ts'

interface Setting {
  upstream: VirtualUpstreamOptions
  estimate: RateEstimate
  requests?: number
  maxWidth?: number
}

function estimate(differs: Partial<RateEstimate> = {}): RateEstimate {
  const known = { range: [50, 50] as [number, number], error: 0, isClear: true }
  return { family: 'sliding_log', max: 50, perMs: 1000, ...known, ...differs }
}

const bucketOf = (perSecond: number, burst: number) => estimate({ family: 'token_bucket', max: perSecond, burst })

/** A clock whose timers fire late, as those of a busy process do. */
class LateClock extends VirtualClock {
  readonly #latenessMs: (timer: number) => number
  #timers = 0

  /** @param latenessMs how late a timer fires, by its number from 0. Only those of pauses count. */
  constructor(latenessMs: (timer: number) => number) {
    super(100_000)
    this.#latenessMs = latenessMs
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await super.sleep(ms > 0 && signal ? ms + this.#latenessMs(this.#timers++) : ms, signal)
  }
}

/** Opens a session with an upstream in virtual time. */
function open(
  { upstream, requests = 5000 }: Pick<Setting, 'upstream' | 'requests'>,
  wrap = (probe: Probe) => probe,
  clock = new VirtualClock(100_000),
) {
  const probe = wrap(virtualUpstream(clock, seededRandom(1), upstream))
  const budgets = { requests, rejections: 500, seconds: 3600, maxConcurrency: 32 }
  const session = new ProbeSession({ probe, clock, budgets, signal: new AbortController().signal })
  return { clock, session }
}

async function verify(setting: Setting): Promise<Verification> {
  const { clock, session } = open(setting)
  const widths = { width: 6, maxWidth: setting.maxWidth ?? 32, recoveryMs: 0 }
  return await clock.run(verifyRate(session, setting.estimate, widths))
}

const FIFTY_A_SECOND = () => ({ limiter: slidingLog(50, 1000) })
const BUCKET = () => ({ limiter: tokenBucket(50, 100) })

describe('an estimate of a window', () => {
  test('that is right passes below and above', async () => {
    expect(await verify({ upstream: FIFTY_A_SECOND(), estimate: estimate() })).toEqual({
      below: 'passed',
      above: 'passed',
    })
  })

  test('that is too high fails below, and no call is sent above', async () => {
    expect(await verify({ upstream: FIFTY_A_SECOND(), estimate: estimate({ max: 60 }) })).toEqual({
      below: 'failed',
      above: 'not_done',
    })
  })

  test('that is too low passes below, and fails above', async () => {
    expect(await verify({ upstream: FIFTY_A_SECOND(), estimate: estimate({ max: 40 }) })).toEqual({
      below: 'passed',
      above: 'failed',
    })
  })

  test('that is too high fails at the first rejection', async () => {
    const { clock, session } = open({ upstream: FIFTY_A_SECOND() })

    await clock.run(verifyRate(session, estimate({ max: 60 }), { width: 6, maxWidth: 32 }))

    // Calls in flight at that moment may be rejected as well.
    expect(session.cost.rejections).toBeLessThan(6)
  })

  test('fails below if the limiter is in fact a bucket with a large capacity', async () => {
    const upstream = { limiter: tokenBucket(50, 60) }

    expect(await verify({ upstream, estimate: estimate({ max: 60 }) })).toMatchObject({ below: 'failed' })
  })

  test('with a window that is too short fails below, although its first window passes', async () => {
    const upstream = { limiter: slidingLog(100, 20_000) }

    expect(await verify({ upstream, estimate: estimate({ max: 80, perMs: 10_000 }) })).toMatchObject({
      below: 'failed',
    })
  })
})

describe('an estimate of a bucket', () => {
  test('that is right passes below and above', async () => {
    expect(await verify({ upstream: BUCKET(), estimate: bucketOf(50, 100) })).toEqual({
      below: 'passed',
      above: 'passed',
    })
  })

  test('that is too high fails below, although the tokens of the bucket could hide it', async () => {
    const upstream = { limiter: tokenBucket(50, 200) }

    expect(await verify({ upstream, estimate: bucketOf(60, 200) })).toMatchObject({ below: 'failed' })
  })

  test('fails below if the limiter is in fact a window, once calls have covered its recovery time', async () => {
    const { clock, session } = open({ upstream: { limiter: slidingLog(500, 10_000) } })
    const widths = { width: 6, maxWidth: 32, recoveryMs: 10_000 }

    expect(await clock.run(verifyBelow(session, bucketOf(60, 10), widths))).toBe('failed')
  })

  test('fails above if calls are rejected only at first', async () => {
    // The first pause has ended when calls below the estimate start. The second one lasts into the calls above it.
    const upstream = { limiter: pausing(200, [50, 600]) }

    expect(await verify({ upstream, estimate: bucketOf(50, 100) })).toEqual({ below: 'passed', above: 'failed' })
  })

  test('that is too low fails above', async () => {
    expect(await verify({ upstream: BUCKET(), estimate: bucketOf(40, 100) })).toEqual({
      below: 'passed',
      above: 'failed',
    })
  })
})

describe('nothing is verified', () => {
  test('when too few calls are left', async () => {
    const { clock, session } = open({ upstream: FIFTY_A_SECOND(), requests: 100 })

    const verified = await clock.run(verifyRate(session, estimate(), { width: 6, maxWidth: 32 }))

    expect(verified).toEqual({ below: 'not_done', above: 'not_done' })
    expect(session.cost.requests).toBe(0)
  })

  test('when maxWidth is too low to keep the schedule', async () => {
    const upstream = { ...FIFTY_A_SECOND(), serviceMs: [100, 100] as const }

    expect(await verify({ upstream, estimate: estimate(), maxWidth: 2 })).toEqual({
      below: 'not_done',
      above: 'not_done',
    })
  })
})

test('nothing is verified if a bucket cannot be emptied, because its tokens would hide an excess', async () => {
  const { clock, session } = open({ upstream: { limiter: tokenBucket(50, 1000) } })

  expect(await clock.run(verifyBelow(session, bucketOf(100, 5), { width: 6, maxWidth: 6 }))).toBe('not_done')
})

test('a bucket fails below if it accepts many more calls than it should hold', async () => {
  const { clock, session } = open({ upstream: { limiter: tokenBucket(50, 1000) } })

  expect(await clock.run(verifyBelow(session, bucketOf(60, 5), { width: 6, maxWidth: 6 }))).toBe('failed')
})

test('calls are evenly spaced, at 97% of the estimate', async () => {
  const { clock, session } = open({ upstream: FIFTY_A_SECOND() })

  await clock.run(verifyBelow(session, estimate(), { width: 6, maxWidth: 32 }))

  const gaps = session.calls.slice(1).map(({ sentAt }, i) => sentAt - (session.calls[i]?.sentAt ?? 0))
  expect(Math.min(...gaps)).toBeCloseTo(1000 / (0.97 * 50), 6)
  expect(Math.max(...gaps)).toBeCloseTo(1000 / (0.97 * 50), 6)
})

test('a window expires before verification starts', async () => {
  const { clock, session } = open({ upstream: FIFTY_A_SECOND() })
  const startedAt = clock.now()

  await clock.run(verifyBelow(session, estimate(), { width: 6, maxWidth: 32 }))

  expect((session.calls[0]?.sentAt ?? 0) - startedAt).toBe(1000)
})

test.each([
  [503, 'counts as a breakdown', 'passed'],
  [429, 'counts as a rejection', 'failed'],
])('a single %i %s', async (status, _meaning, expected) => {
  let calls = 0
  const rejectOnce =
    (probe: Probe): Probe =>
    async (signal) =>
      (calls += 1) === 40 ? { outcome: 'rejected', status } : await probe(signal)
  const { clock, session } = open({ upstream: FIFTY_A_SECOND() }, rejectOnce)

  expect(await clock.run(verifyBelow(session, estimate(), { width: 6, maxWidth: 32 }))).toBe(expected)
})

test('an error of the probe ends the verification', async () => {
  let calls = 0
  const breakDown =
    (probe: Probe): Probe =>
    async (signal) => {
      if ((calls += 1) === 40) throw new Error('no such host')
      return await probe(signal)
    }
  const { clock, session } = open({ upstream: FIFTY_A_SECOND() }, breakDown)

  const verifying = clock.run(verifyBelow(session, estimate(), { width: 6, maxWidth: 32 }))

  await expect(verifying).rejects.toThrow('no such host')
  expect(calls).toBeLessThan(45)
})

describe('calls whose timers fire late', () => {
  test('keep their schedule, because the next one makes up for it', async () => {
    const late = new LateClock(() => 5)
    const { clock, session } = open({ upstream: { limiter: slidingLog(50, 1000) } }, undefined, late)

    expect(await clock.run(verifyBelow(session, estimate(), { width: 6, maxWidth: 32 }))).toBe('passed')
  })

  test('do not hasten the next one where a limit allows so few calls that it would reject it', async () => {
    const late = new LateClock((timer) => (timer === 20 ? 400 : 0))
    const { clock, session } = open({ upstream: { limiter: slidingLog(1, 1000) } }, undefined, late)

    const verifying = verifyBelow(session, estimate({ max: 1 }), { width: 1, maxWidth: 32 })

    expect(await clock.run(verifying)).toBe('passed')
  })
})
