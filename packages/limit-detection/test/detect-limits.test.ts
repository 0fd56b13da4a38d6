import { describe, expect, test } from 'vitest'
import { detectLimits, DetectionError, type Probe, type ProbeAnswer } from '../src/index.ts'
import { detect, errorOf, ratePerSecond } from './support/detect.ts'
import { fixedByClock, slidingLog } from './support/limiters.ts'
import { seededRandom } from '@sluice/testing'
import { VirtualClock } from './support/virtual-clock.ts'
import { virtualUpstream } from './support/virtual-upstream.ts'

const accepted: ProbeAnswer = { outcome: 'accepted', status: 200 }

/** An upstream that answers each call after 20 ms with `answer`. */
function answering(clock: VirtualClock, answer: (call: number) => ProbeAnswer): Probe & { calls: () => number } {
  let calls = 0
  const probe = async () => {
    calls += 1
    const given = answer(calls)
    await clock.sleep(20)
    return given
  }
  return Object.assign(probe, { calls: () => calls })
}

describe('an upstream whose responses say nothing about limits', () => {
  test.each([401, 404, 500])(
    'that answers only %i ends the detection with an error after a few calls',
    async (status) => {
      const clock = new VirtualClock()
      const probe = answering(clock, () => ({ outcome: 'failed', status, message: `GET a.test answered ${status}` }))

      const detection = clock.run(detectLimits({ probe, clock }))

      await expect(detection).rejects.toMatchObject({
        reason: 'no_success',
        message: expect.stringContaining(`GET a.test answered ${status}`),
      })
      expect(probe.calls()).toBeLessThan(6)
    },
  )

  test('that answers only 429 ends the detection with an error, not with a limit', async () => {
    const clock = new VirtualClock()
    const probe = answering(clock, () => ({ outcome: 'rejected', status: 429, retryAfterMs: 1000 }))

    await expect(clock.run(detectLimits({ probe, clock }))).rejects.toThrow(DetectionError)

    expect(probe.calls()).toBeLessThan(10)
  })

  test('that starts to fail ends the detection with an error that states how many calls failed', async () => {
    const clock = new VirtualClock()
    const probe = answering(clock, (call) => (call > 40 ? { outcome: 'failed', status: 500 } : accepted))

    await expect(clock.run(detectLimits({ probe, clock }))).rejects.toMatchObject({
      reason: 'unreliable',
      message: expect.stringMatching(/^\d+ of \d+ calls failed \(the last: 500\)/),
    })
  })

  test('that never answers and ignores its signal is abandoned when the time budget is used up', async () => {
    const clock = new VirtualClock()
    const probe = () => new Promise<never>(() => {})

    const result = await clock.run(detectLimits({ probe, clock, budgets: { seconds: 60 } }))

    expect(clock.now()).toBe(60_000)
    expect(result).toMatchObject({
      confidence: 'low',
      rate: { limit: null },
      recommended: { limit: null, concurrency: null },
      notes: expect.arrayContaining([expect.stringMatching(/budget of seconds/)]),
    })
  })

  test('whose probe cannot call ends the detection with the error of the probe', async () => {
    const clock = new VirtualClock()
    const refusal = new Error('the address is closed')

    const detection = clock.run(detectLimits({ probe: () => Promise.reject(refusal), clock }))

    await expect(detection).rejects.toBe(refusal)
  })
})

describe('a detection', () => {
  test("that is aborted rejects at once with the signal's reason", async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const probe = answering(clock, () => accepted)
    const onProgress = () => {
      if (probe.calls() >= 20) controller.abort(new Error('not wanted any more'))
    }

    const detection = clock.run(detectLimits({ probe, clock, signal: controller.signal, onProgress }))

    await expect(detection).rejects.toThrow('not wanted any more')
    expect(probe.calls()).toBeLessThan(60)
  })

  test('keeps its budget of requests, and notes that it was used up', async () => {
    const result = await detect({ limiter: fixedByClock(60, 60_000), budgets: { requests: 50 } })

    expect(result.cost.requests).toBe(50)
    expect(result.notes.join(' ')).toContain('The budget of requests was used up')
    expect(result.confidence).not.toBe('high')
  })

  test('keeps its budget of rejections, except for calls in flight when it is used up', async () => {
    const result = await detect({ limiter: fixedByClock(60, 60_000), budgets: { rejections: 12, maxConcurrency: 4 } })

    expect(result.cost.rejections).toBeLessThanOrEqual(12 + 3)
    expect(result.notes.join(' ')).toContain('The budget of rejections was used up')
    expect(result.confidence).not.toBe('high')
  })

  test('that observes a limit but not its recovery reports no rate', async () => {
    const result = await detect({ limiter: fixedByClock(60, 3_600_000), budgets: { seconds: 30 } })

    expect(result.cost.durationMs).toBeLessThanOrEqual(30_000)
    expect(result).toMatchObject({ confidence: 'low', rate: { limit: null }, recommended: { limit: null } })
    expect(result.notes.join(' ')).toContain('its window is longer than could be observed')
  })

  test.each([
    ['nothing is limited', 7, {}],
    ['the concurrency is limited', 7, { concurrency: 6 }],
    ['the rate is limited', 7, { limiter: slidingLog(20, 1000) }],
    ['maxConcurrency is 1', 1, {}],
    ['maxConcurrency is 2', 2, { concurrency: 1 }],
  ])('never has more calls in flight than maxConcurrency where %s', async (_name, maxConcurrency, upstream) => {
    const clock = new VirtualClock()
    const answer = virtualUpstream(clock, seededRandom(1), upstream)
    let inFlight = 0
    let most = 0
    const probe: Probe = async (signal) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      const given = await answer(signal)
      inFlight -= 1
      return given
    }

    await clock.run(detectLimits({ probe, clock, budgets: { maxConcurrency, requests: 500 } }))

    expect(most).toBe(maxConcurrency)
  })

  test('reports each stage and the cost so far', async () => {
    const clock = new VirtualClock()
    const probe = virtualUpstream(clock, seededRandom(1), { limiter: slidingLog(20, 1000) })
    const stages: string[] = []
    const requests: number[] = []

    await clock.run(
      detectLimits({
        probe,
        clock,
        onProgress: (progress) => {
          if (stages.at(-1) !== progress.stage) stages.push(progress.stage)
          requests.push(progress.requests)
        },
      }),
    )

    expect(stages.slice(0, 4)).toEqual(['checking', 'concurrency', 'rate', 'verifying'])
    expect(requests).toEqual(requests.toSorted((a, b) => a - b))
  })

  test('measures concurrency again below the rate, where one status means both limits', async () => {
    const clock = new VirtualClock()
    const probe = virtualUpstream(clock, seededRandom(1), { limiter: slidingLog(60, 10_000), concurrency: 5 })
    const stages: string[] = []
    const onProgress = ({ stage }: { stage: string }) => {
      if (stages.at(-1) !== stage) stages.push(stage)
    }

    const { concurrency } = await clock.run(detectLimits({ probe, clock, onProgress }))

    expect(stages).toEqual(['checking', 'concurrency', 'rate', 'verifying', 'concurrency'])
    expect(concurrency.limit).toBe(5)
  })

  test('reports what passed as a lower bound where no limit was reached', async () => {
    const result = await detect({ budgets: { requests: 400 } })

    expect(result).toMatchObject({ concurrency: { limit: null }, rate: { limit: null } })
    expect(result.concurrency.atLeast).toBeGreaterThan(20)
    expect(result.rate.atLeastPerSecond).toBeGreaterThan(50)
    expect(result.recommended).toEqual({ limit: null, concurrency: null })
    expect(result.notes.join(' ')).toMatch(/at least \d+ concurrent calls.*at least [\d.]+ calls per second/)
  })

  test('makes at most an eighth of its requests where no limit is reached', async () => {
    const result = await detect({ budgets: { requests: 4000 } })

    expect(result.cost.requests).toBeLessThanOrEqual(500)
    expect(result.confidence).toBe('medium')
    expect(result.notes.join(' ')).toContain('A limit that allows as many at once was not tested')
  })

  test('keeps what it knows about the rate if a budget is used up while the rate is measured', async () => {
    const result = await detect({ limiter: slidingLog(60, 10_000), budgets: { rejections: 20, maxConcurrency: 4 } })

    expect(result.notes.join(' ')).toContain('The budget of rejections was used up')
    expect(errorOf(ratePerSecond(result.rate.limit ?? { max: 0, perMs: 1 }), 6)).toBeCloseTo(0, 1)
  })

  test('recommends 70% of the lowest rate that fits if the rate could not be verified', async () => {
    const result = await detect({ limiter: slidingLog(60, 10_000), budgets: { rejections: 20, maxConcurrency: 4 } })

    const [rule] = result.recommended.limit?.rules ?? []
    expect(result.confidence).toBe('low')
    expect(ratePerSecond(rule ?? { max: 0, perMs: 1 })).toBeLessThan(0.71 * 6)
  })

  test('states its duration in whole ms', async () => {
    const { cost } = await detect({ limiter: slidingLog(20, 1000) })

    expect(cost.durationMs).toBe(Math.round(cost.durationMs))
  })

  test('recommends 90% of the rate and 80% of the concurrency', async () => {
    const result = await detect({ limiter: slidingLog(60, 10_000), concurrency: 5 })

    expect(result.recommended).toEqual({
      limit: { rules: [{ unit: 'requests', max: 54, perMs: 10_000 }], burstFactor: 2 },
      concurrency: 4,
    })
  })
})
