import { REQUESTS, type Weights } from '@sluice/engine'

/** What a task weights of a limit: one request, and the weights it carries, rounded up to whole numbers. */
export function taskWeights(envelope: string): Weights {
  // Most tasks carry none, and decoding a large one is dear.
  if (!envelope.includes('"weights"')) return { [REQUESTS]: 1 }
  const { weights = {} } = JSON.parse(envelope) as { weights?: Record<string, number> }
  return { [REQUESTS]: 1, ...wholeWeights(weights) }
}

/** Fractions are rounded up: a limit is not to be exceeded by a fraction either. */
export function wholeWeights(weights: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([, cost]) => Number.isFinite(cost) && cost >= 0)
      .map(([unit, cost]) => [unit, Math.ceil(cost)]),
  )
}
