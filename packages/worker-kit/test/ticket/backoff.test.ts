import { describe, expect, test } from 'vitest'
import { backoffMs, postponementMs, withJitter } from '../../src/ticket/backoff.ts'

const policy = { maxAttempts: 10, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 }

const least = () => 0
const most = () => 1

describe('the delay before a retry', () => {
  test.for([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [6, 32_000],
    [7, 60_000],
    [100, 60_000],
  ] as const)('after attempt %i is between 0 and %i ms', ([attempt, ceilingMs]) => {
    expect(backoffMs(policy, attempt, least)).toBe(0)
    expect(backoffMs(policy, attempt, most)).toBe(ceilingMs)
    expect(backoffMs(policy, attempt, () => 0.5)).toBe(ceilingMs / 2)
  })

  test('is spread over the whole range, so that tasks that failed together do not retry together', () => {
    const delays = Array.from({ length: 10_000 }, () => backoffMs(policy, 1))

    const perTenth = Array.from({ length: 10 }, (_, i) => delays.filter((ms) => Math.floor(ms / 100) === i).length)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000)
    // A thousand are expected in each tenth; fewer than 800 come about once in 10^11 runs.
    expect(Math.min(...perTenth)).toBeGreaterThan(800)
  })

  test('is 0 if the policy’s delays are 0', () => {
    expect(backoffMs({ ...policy, minDelayMs: 0, maxDelayMs: 0 }, 3, most)).toBe(0)
  })
})

describe('the delay after a refusal without a time', () => {
  test('is at least the policy’s minimum delay, and at most twice that', () => {
    expect(postponementMs(policy, least)).toBe(1000)
    expect(postponementMs(policy, most)).toBe(2000)
  })

  test('is a quarter of a second to half a second if the policy has no delay', () => {
    expect(postponementMs({ ...policy, minDelayMs: 0 }, least)).toBe(250)
    expect(postponementMs({ ...policy, minDelayMs: 0 }, most)).toBe(500)
  })
})

describe('the delay an upstream asked for', () => {
  test('is never shortened, and lengthened by at most a tenth', () => {
    expect(withJitter(2000, least)).toBe(2000)
    expect(withJitter(2000, most)).toBe(2200)
    expect(withJitter(0.2, least)).toBe(1)
    expect(withJitter(0, most)).toBe(0)
  })
})
