import { beforeAll, describe, expect, test } from 'vitest'
import { GRID, type GridRow } from '../bench/grid-rows.ts'
import { isTooHigh, scoresOf, type Score } from '../bench/judge-grid.ts'

/** Of the large rows, every fourth upstream. The benchmark `detection-grid` detects the limits of all. */
const LARGE = 50
const STRIDE = 4

/** The rows of few upstreams, with several seeds each. */
const RUNS: Record<string, number> = {
  'no limit': 5,
  'both, 429 and 429, bucket of 20': 3,
  'the 18 mock upstreams': 5,
}

/** The share of the results that is right, where less than nearly all are. */
const LEAST_RIGHT: Record<string, number> = { 'no limit': 0.9, 'both, 429 and 429, bucket of 20': 0.8 }

function sampleOf({ name, upstreams }: GridRow): GridRow {
  return { name, upstreams: upstreams.filter((_upstream, i) => upstreams.length < LARGE || i % STRIDE === 0) }
}

describe.each(GRID)('over the upstreams of the row "$name"', (row) => {
  let scores: Score[] = []

  beforeAll(async () => {
    scores = await scoresOf(sampleOf(row), RUNS[row.name] ?? 1)
  }, 300_000)

  test('no detection is lost', () => {
    expect(scores.filter(({ verdict }) => verdict === 'lost').map(({ name }) => name)).toEqual([])
  })

  test('no wrong result has high confidence', () => {
    expect(scores.filter(({ verdict, result }) => verdict === 'wrong' && result?.confidence === 'high')).toEqual([])
  })

  test('no recommended rate exceeds the true one by more than a tenth', () => {
    expect(scores.filter(isTooHigh)).toEqual([])
  })

  test('nearly all results are right and complete', () => {
    const others = scores.filter(({ verdict }) => verdict !== 'right')
    const least = LEAST_RIGHT[row.name] ?? 0.95

    expect(1 - others.length / scores.length, `others: ${JSON.stringify(others)}`).toBeGreaterThanOrEqual(least)
  })
})
