const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const

/** A duration in the largest unit that leaves no fraction, as a person may type it: `10 min`, `90 s`. */
export function exactDuration(ms: number): string {
  const [unit, size] = largestUnit(ms)
  return `${ms / size} ${unit}`
}

/** The window of a rule, to be read after "per": `min`, `10 s`. */
export function windowText(ms: number): string {
  const [unit, size] = largestUnit(ms)
  return ms === size ? unit : `${ms / size} ${unit}`
}

function largestUnit(ms: number): readonly [string, number] {
  return UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? ['ms', 1]
}

/** What a person may type as a duration, as the pattern of an input. */
export const DURATION_PATTERN = String.raw`\s*\d+(\.\d+)?\s*(ms|s|min|h|d)\s*`

/** The duration that a person has typed, in ms. NaN: it is none. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)\s*$/.exec(text) ?? []
  const size = UNITS.find(([name]) => name === unit)?.[1]
  return size === undefined ? Number.NaN : Math.round(Number(amount) * size)
}
