import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { UsageError } from '../exit-codes.ts'

/** A share: `20%` or `0.2`. */
export function parseShare(text: string): number {
  const [, number, sign] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  const share = Number(number) / (sign === '%' ? 100 : 1)
  if (share > 0 && share <= 1) return share
  throw new InvalidArgumentError('It must be a share such as 20% or 0.2.')
}

export function parseCount(text: string): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

/** Whole numbers, separated by commas. */
export function parseCounts(text: string): number[] {
  return text.split(',').map(parseCount)
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A time: `90s`, `5m`, `1h`, in ms. */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? []
  if (number !== undefined) return Math.round(Number(number) * UNITS[unit as keyof typeof UNITS])
  throw new InvalidArgumentError('It must be a number with ms, s, m, h or d, such as 90s.')
}

/** A rule of a limit: `60/m`, `5/10s` or `90000 tokens/m`. */
export function parseRule(text: string): { unit: string; max: number; perMs: number } {
  const [, max, unit = 'requests', per, time = ''] =
    /^(\d+)(?:\s+([A-Za-z][\w.-]*))?\/(\d*)(ms|s|m|h|d)$/.exec(text) ?? []
  if (max === undefined) throw new InvalidArgumentError('It must be such as 60/m, 5/10s or "90000 tokens/m".')
  return { unit, max: Number(max), perMs: Number(per || 1) * UNITS[time as keyof typeof UNITS] }
}

/** A time in the past: in ISO 8601, or how long ago it was, such as `2h`. */
export function parsePast(text: string): string {
  return parseTime(text, -1)
}

/** A time in the future: in ISO 8601, how far ahead it is, such as `2h`, or `now`. */
export function parseFuture(text: string): string {
  return parseTime(text === 'now' ? '0s' : text, 1)
}

function parseTime(text: string, direction: 1 | -1): string {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text))
    return new Date(Date.now() + direction * parseDuration(text)).toISOString()
  // Without a zone, it would mean something else on each machine.
  const time = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  throw new InvalidArgumentError('It must be a date, a time such as 2026-12-01T08:00:00Z, or a duration such as 2h.')
}

/** An option that may be given several times. */
export function collect(text: string, earlier: readonly string[] = []): string[] {
  return [...earlier, text]
}

/** JSON of an argument, or of a file as `@file`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text)
  } catch (error) {
    throw new UsageError(`The JSON in ${text.slice(0, 60)} cannot be read: ${(error as Error).message}`)
  }
}
