const UNITS = [
  ['d', 86_400_000, 'day'],
  ['h', 3_600_000, 'hour'],
  ['m', 60_000, 'minute'],
  ['s', 1000, 'second'],
  ['ms', 1, 'millisecond'],
] as const

/** A duration as people type it, in the largest unit that leaves no fraction: `10m`, `90s`. */
export function exactDuration(ms: number): string {
  const [unit, size] = largestUnit(ms)
  return `${ms / size}${unit}`
}

/** The window of a rule, to be read after "per": `minute`, `10s`. */
export function windowText(ms: number): string {
  const [, size, name] = largestUnit(ms)
  return ms === size ? name : exactDuration(ms)
}

function largestUnit(ms: number): (typeof UNITS)[number] {
  return UNITS.find(([, size]) => ms >= size && ms % size === 0) ?? UNITS[4]
}

/** What a person may type as a duration, as the pattern of an input. */
export const DURATION_PATTERN = String.raw`\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*`

/** What to type, for people whose duration is none. */
export const DURATION_HINT = 'A number with ms, s, m, h or d, such as 90s'

/** The duration that a person has typed, in ms. NaN: it is none. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(text) ?? []
  const size = UNITS.find(([name]) => name === unit)?.[1]
  return size === undefined ? Number.NaN : Math.round(Number(amount) * size)
}

/** A duration in the two largest units that say something: `1h 5m`, `3.2s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))}s`
  const seconds = Math.round(ms / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ')
}

/** A duration in its largest unit alone: `3m`. It changes less often. */
export function roughly(ms: number): string {
  if (ms < 1000) return 'now'
  if (ms < 60_000) return `${Math.floor(ms / 1000)}s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m`
  if (ms < 172_800_000) return `${Math.floor(ms / 3_600_000)}h`
  return `${Math.floor(ms / 86_400_000)}d`
}
