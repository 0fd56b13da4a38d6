import { percentile } from '@sluice/testing/benchmarks'
import { GRID, type GridRow } from './grid-rows.ts'
import { isTooHigh, scoresOf, type Score } from './judge-grid.ts'

/** Detects the limits of every upstream of the grid in virtual time, with `runs` seeds each. */
export async function benchGrid(runs: number): Promise<object[]> {
  const rows: object[] = []
  for (const row of GRID) {
    const scores = await scoresOf(row, runs)
    for (const score of scores.filter(({ verdict }) => verdict !== 'right')) console.log(sentenceOn(score))
    rows.push(summary(row, scores))
  }
  return rows
}

function sentenceOn({ name, seed, verdict, rateError, concurrency, result }: Score): string {
  const rate = rateError === undefined ? 'no rate' : `rate ${Math.round(100 * (1 + rateError))} %`
  return `${verdict}: ${name}, seed ${seed}: ${rate}, concurrency ${concurrency}, ${result?.confidence}`
}

function summary({ name }: GridRow, scores: readonly Score[]): object {
  const count = (isCounted: (score: Score) => boolean) => scores.filter(isCounted).length
  const costs = scores.flatMap(({ result }) => result?.cost ?? [])
  return {
    row: name,
    detections: scores.length,
    right: count(({ verdict }) => verdict === 'right'),
    incomplete: count(({ verdict }) => verdict === 'incomplete'),
    wrong: count(({ verdict }) => verdict === 'wrong'),
    'wrong with high': count(({ verdict, result }) => verdict === 'wrong' && result?.confidence === 'high'),
    'over 110 %': count(isTooHigh),
    lost: count(({ verdict }) => verdict === 'lost'),
    calls: percentile(
      costs.map(({ requests }) => requests),
      0.5,
    ),
    rejected: percentile(
      costs.map(({ rejections }) => rejections),
      0.5,
    ),
    seconds: Math.round(
      percentile(
        costs.map(({ durationMs }) => durationMs),
        0.5,
      ) / 1000,
    ),
  }
}
