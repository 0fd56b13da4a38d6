import { encodeRules, type LimitRule } from '../../src/model/limit.ts'
import type { ModelWeights, ModelRule } from './ledger-model.ts'
import type { Random } from './random.ts'

/** Converts rules to the form that the scripts read, with times in µs. */
export function modelRules(rules: readonly LimitRule[]): ModelRule[] {
  return encodeRules(rules)
    .split('\n')
    .map((line) => {
      const [unit = '', max, windowUs, guardUs, cellUs] = line.split(' ')
      return { unit, max: Number(max), windowUs: Number(windowUs), guardUs: Number(guardUs), cellUs: Number(cellUs) }
    })
}

const WINDOWS_MS = [100, 1000, 1000, 10_000, 60_000, 86_400_000]

/** Returns one to four rules with random windows and maxima. */
export function randomRules(random: Random): LimitRule[] {
  const count = random.int(1, 4)
  const rules = new Map<string, LimitRule>()
  for (let i = 0; i < count; i += 1) {
    const unit = random.chance(0.5) ? 'requests' : 'tokens'
    const perMs = random.pick(WINDOWS_MS)
    const most = unit === 'requests' ? 50 : 20_000
    rules.set(`${unit}/${perMs}`, { unit, perMs, max: random.int(1, most) })
  }
  return [...rules.values()]
}

/** Returns random weights of a task, never more than a rule allows. */
export function randomWeights(random: Random, rules: readonly LimitRule[]): ModelWeights {
  const weights: Record<string, number> = { requests: 1 }
  const tokens = Math.min(...rules.filter(({ unit }) => unit === 'tokens').map(({ max }) => max))
  if (Number.isFinite(tokens) && random.chance(0.8)) {
    // Most tasks are light; some have the maximum weight.
    weights['tokens'] = random.chance(0.05) ? tokens : random.int(1, Math.max(1, Math.floor(tokens / 20)))
  }
  return weights
}

/** Returns a random time until the next call, in µs: usually short, at most 100 seconds. */
export function randomPauseUs(random: Random): number {
  const kind = random.next()
  if (kind < 0.6) return random.int(0, 5000)
  if (kind < 0.9) return random.int(0, 200_000)
  if (kind < 0.99) return random.int(0, 5_000_000)
  return random.int(0, 100_000_000)
}
