import { REQUESTS, type Weights } from '@sluice/engine'

/** What a task weighs: one request, and the weights in its envelope, rounded up to whole numbers. */
export function taskWeights(envelope: string): Weights {
  // Most tasks have no weights, and parsing a large envelope is expensive.
  if (!envelope.includes('"weights"')) return { [REQUESTS]: 1 }
  const { weights = {} } = JSON.parse(envelope) as { weights?: Record<string, number> }
  return { [REQUESTS]: 1, ...wholeWeights(weights) }
}

/** Rounds weights up, so that a limit is not exceeded even by a fraction. Drops what is not a number of at least 0. */
export function wholeWeights(weights: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(weights)
      .filter(([, weight]) => Number.isFinite(weight) && weight >= 0)
      .map(([unit, weight]) => [unit, Math.ceil(weight)]),
  )
}
