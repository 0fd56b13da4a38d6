/** The weights of a task by unit, as whole numbers. */
export type Weights = Readonly<Record<string, number>>

/** Encodes weights for the scripts: `<unit> <weight> <unit> <weight> …`. */
export function encodeWeights(weights: Weights): string {
  return Object.entries(weights)
    .map(([unit, weight]) => `${unit} ${weight}`)
    .join(' ')
}
