import { type Static, Type } from 'typebox'

/** The longest wait of Node's timers. Longer ones would fire at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1

/** A wait in ms, fractions allowed. */
export const DelayMs = Type.Number({ minimum: 0, maximum: LONGEST_DELAY_MS })

const Constant = Type.Object(
  { distribution: Type.Literal('constant'), value: DelayMs },
  { additionalProperties: false },
)

const Uniform = Type.Refine(
  Type.Object({ distribution: Type.Literal('uniform'), min: DelayMs, max: DelayMs }, { additionalProperties: false }),
  ({ min, max }) => min <= max,
  () => 'min must not be above max',
)

const Normal = Type.Object(
  { distribution: Type.Literal('normal'), mean: DelayMs, stddev: DelayMs },
  { additionalProperties: false },
)

const Lognormal = Type.Object(
  { distribution: Type.Literal('lognormal'), median: DelayMs, sigma: Type.Number({ minimum: 0, maximum: 10 }) },
  { additionalProperties: false },
)

/**
 * How long a service works on a request, in ms. `constant`: always `value`. `uniform`: evenly distributed from `min` to
 * `max`. `normal`: around `mean`, at least 0. `lognormal`: half of the values above `median`, with a long tail, as in
 * real APIs. Its `sigma` is that of the logarithm: at 0.5, one request in a hundred takes 3.2 times the median.
 */
export const Latency = Type.Union([Constant, Uniform, Normal, Lognormal])
export type Latency = Static<typeof Latency>

/** Draws one wait from the distribution. `random` returns numbers from 0 up to but not including 1. */
export function drawLatencyMs(latency: Latency, random: () => number): number {
  return Math.min(Math.max(draw(latency, random), 0), LONGEST_DELAY_MS)
}

function draw(latency: Latency, random: () => number): number {
  if (latency.distribution === 'constant') return latency.value
  if (latency.distribution === 'uniform') return latency.min + random() * (latency.max - latency.min)
  if (latency.distribution === 'normal') return latency.mean + latency.stddev * drawStandardNormal(random)
  return latency.median * Math.exp(latency.sigma * drawStandardNormal(random))
}

/** The Box-Muller transform. 1 - random() is never 0, whose logarithm is infinite. */
function drawStandardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
