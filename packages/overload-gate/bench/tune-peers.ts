import { type Bench, measure } from './compare.ts'
import { isFair } from './judge.ts'
import { SHORT_BURST, SUSTAINED } from './scenarios.ts'
import type { Variant } from './variants.ts'

/** Finds the settings of a grid with which a peer serves the most requests in time, in short and sustained overload. */
export async function best(bench: Bench, grid: readonly Variant[]): Promise<Variant> {
  const scores: { variant: Variant; score: number }[] = []
  for (const variant of grid) scores.push({ variant, score: await score(bench, variant) })
  const [winner] = scores.toSorted((a, b) => b.score - a.score)
  if (winner === undefined) throw new Error('The grid is empty.')
  return { ...winner.variant, name: `${winner.variant.name} (best)` }
}

const ATTEMPTS = 3

async function score(bench: Bench, variant: Variant): Promise<number> {
  let sum = 0
  for (const scenario of [SHORT_BURST, SUSTAINED]) {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const verdict = await measure(bench, { scenario, connections: 'kept', variant, run: 0 })
      if (attempt < ATTEMPTS && !isFair(verdict)) continue
      sum += verdict.goodPercent
      break
    }
  }
  return sum
}
