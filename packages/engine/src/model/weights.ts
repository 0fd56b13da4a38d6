/** What a task weighs, by unit: whole numbers. */
export type Weights = Readonly<Record<string, number>>

/** As scripts read them: `<unit> <weight> <unit> <weight> …`. */
export function encodeWeights(weights: Weights): string {
  return Object.entries(weights)
    .map(([unit, weight]) => `${unit} ${weight}`)
    .join(' ')
}
