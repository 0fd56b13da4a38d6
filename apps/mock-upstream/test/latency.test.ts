import { expect, test } from 'vitest'
import { drawLatencyMs, type Latency, LONGEST_DELAY_MS } from '../src/latency.ts'

const DRAWS = 20_000

/** A pseudo-random generator with a fixed seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function drawSorted(latency: Latency): number[] {
  const random = createRandom(7)
  return Array.from({ length: DRAWS }, () => drawLatencyMs(latency, random)).toSorted((a, b) => a - b)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN
}

test('constant: always the value', () => {
  expect(new Set(drawSorted({ distribution: 'constant', value: 42.5 }))).toEqual(new Set([42.5]))
})

test('uniform: evenly from min to max', () => {
  const drawn = drawSorted({ distribution: 'uniform', min: 100, max: 200 })

  expect(drawn[0]).toBeGreaterThanOrEqual(100)
  expect(drawn.at(-1)).toBeLessThanOrEqual(200)
  for (const share of [0.1, 0.5, 0.9]) expect(quantile(drawn, share)).toBeCloseTo(100 + 100 * share, -0.5)
})

test('normal: half below the mean, two thirds within one stddev', () => {
  const drawn = drawSorted({ distribution: 'normal', mean: 1000, stddev: 100 })

  expect(Math.abs(quantile(drawn, 0.5) - 1000)).toBeLessThan(5)
  expect(Math.abs(quantile(drawn, 0.1587) - 900)).toBeLessThan(5)
  expect(Math.abs(quantile(drawn, 0.8413) - 1100)).toBeLessThan(5)
})

test('normal: never below 0', () => {
  expect(drawSorted({ distribution: 'normal', mean: 1, stddev: 100 })[0]).toBe(0)
})

test('lognormal: half below the median, one in a hundred above 3.2 times the median at sigma 0.5', () => {
  const drawn = drawSorted({ distribution: 'lognormal', median: 100, sigma: 0.5 })

  expect(Math.abs(quantile(drawn, 0.5) - 100)).toBeLessThan(2)
  expect(Math.abs(quantile(drawn, 0.99) - 320)).toBeLessThan(15)
})

test('no latency exceeds the longest timer', () => {
  expect(drawSorted({ distribution: 'lognormal', median: 1e9, sigma: 10 }).at(-1)).toBe(LONGEST_DELAY_MS)
})
