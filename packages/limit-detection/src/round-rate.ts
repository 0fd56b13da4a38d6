/** Steps of common rates, in calls per second: from thousands per second down to one per minute. */
const STEPS = [1, 1 / 60].flatMap((unit) => [1000, 500, 200, 100, 50, 20, 10, 5, 2, 1].map((step) => step * unit))

/** Returns the roundest rate within these bounds, in calls per second. Limits are usually round numbers. */
export function roundestRate(low: number, high: number): number {
  const middle = Math.sqrt(low * high)
  const rounded = STEPS.map((step) => Math.round(middle / step) * step)
  return rounded.find((rate) => rate > 0 && rate >= low && rate <= high) ?? middle
}
