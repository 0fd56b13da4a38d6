import { describe, expect, test } from 'vitest'
import { fitWindows, type LimiterFit } from '../src/fit-windows.ts'
import type { Trace } from '../src/trace.ts'
import type { LimiterFamily } from '../src/window-families.ts'
import { fixedByClock, fixedFromFirst, slidingCounter, slidingLog } from './support/limiters.ts'
import { traceOf, traceOfDrains } from './support/traces.ts'
import type { Limiter } from './support/virtual-upstream.ts'

const LIMITS: [LimiterFamily, (max: number, perMs: number) => Limiter][] = [
  ['sliding_log', slidingLog],
  ['fixed_from_first', fixedFromFirst],
  ['fixed_by_clock', fixedByClock],
  ['sliding_counter', slidingCounter],
]

/** Rests after which the four kinds of limiter restore different numbers of calls. */
const RESTS_MS = [1000, 400, 700, 2500, 150, 900]

/** Evenly spaced calls, twice as many as a limit of 20 per second accepts. */
const TWICE_AS_MANY_CALLS = Array.from({ length: 240 }, (_, i) => 10_000 + i * 25)

/** A trace of a limit that is drained repeatedly. */
function drained(limiter: Limiter): Trace {
  return traceOfDrains(limiter, { startsAt: 10_370, restsMs: RESTS_MS })
}

function fitOf(fits: readonly LimiterFit[], family: LimiterFamily): LimiterFit | undefined {
  return fits.find((fit) => fit.family === family)
}

describe.each(LIMITS)('a limit of the kind %s', (family, create) => {
  test('is explained without a miss by its own kind and window, at its maximum', () => {
    const fits = fitWindows(drained(create(20, 1000)), [1000])

    expect(fitOf(fits, family)).toEqual({ family, max: 20, perMs: 1000, misses: 0 })
  })

  test('is not explained by a window of another length', () => {
    const fits = fitWindows(traceOf(create(20, 1000), TWICE_AS_MANY_CALLS), [500, 1000, 1500])

    const own = fits.filter((fit) => fit.family === family)
    expect(own.map(({ misses }) => misses > 0)).toEqual([true, false, true])
  })
})

test.each([0, 61, 130, 370, 555, 990])('windows by the clock are found wherever they start (%i ms)', (offset) => {
  const limiter = fixedByClock(20, 1000)
  const later: Limiter = { take: (at) => limiter.take(at - offset), waitMs: () => 0 }

  const fits = fitWindows(traceOf(later, TWICE_AS_MANY_CALLS), [1000])

  expect(fitOf(fits, 'fixed_by_clock')).toMatchObject({ max: 20, misses: 0 })
})

test('each window is fitted to each kind', () => {
  const fits = fitWindows(drained(slidingLog(20, 1000)), [500, 1000, 2000])

  expect(fits.map(({ family, perMs }) => `${family} ${perMs}`)).toEqual(
    [500, 1000, 2000].flatMap((perMs) => LIMITS.map(([family]) => `${family} ${perMs}`)),
  )
})

test('a call that is rejected at random is one miss, and does not lower the maximum', () => {
  const limiter = slidingLog(20, 1000)
  let calls = 0
  const unreliable: Limiter = { take: (at) => (calls += 1) !== 5 && limiter.take(at), waitMs: () => 0 }

  const fits = fitWindows(drained(unreliable), [1000])

  expect(fitOf(fits, 'sliding_log')).toMatchObject({ max: 20, misses: 1 })
})

test('of two maxima that explain the calls equally well, the higher one is chosen', () => {
  const answers = [true, true, true, false, true, false]
  const undecided: Limiter = { take: () => answers.shift() ?? false, waitMs: () => 0 }

  const fits = fitWindows(traceOf(undecided, [10_000, 10_020, 10_040, 10_060, 10_080, 10_100]), [1000])

  expect(fitOf(fits, 'sliding_log')).toMatchObject({ max: 4, misses: 1 })
})

test('a limit that rejects every call is fitted with a maximum of one', () => {
  const closed: Limiter = { take: () => false, waitMs: () => 0 }

  const fits = fitWindows(traceOf(closed, [10_000, 10_100, 10_200]), [1000])

  expect(fitOf(fits, 'sliding_log')).toMatchObject({ max: 1, misses: 3 })
})
