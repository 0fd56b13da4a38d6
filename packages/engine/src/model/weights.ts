/** The weights of a task by unit, as whole numbers. */
export type Weights = Readonly<Record<string, number>>

/** Encodes weights for the scripts: `<unit> <weight> <unit> <weight> …`. */
export function encodeWeights(weights: Weights): string {
  return Object.entries(weights)
    .map(([unit, weight]) => `${unit} ${encodeWeight(weight)}`)
    .join(' ')
}

/** The scripts read digits. JavaScript writes numbers from 1e21 on with an exponent, which they would read as 1. */
function encodeWeight(weight: number): string {
  return weight < 1e21 ? String(weight) : BigInt(weight).toString()
}
