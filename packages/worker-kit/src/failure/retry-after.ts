/** Response headers with lower-case names, as undici and Node provide them. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

const MIN_WAIT_MS = 50
const MAX_WAIT_MS = 15 * 60_000

/** A plain number above this is a time since the epoch and not a wait, which would be 31 years. */
const FIRST_EPOCH_SECONDS = 1e9
const FIRST_EPOCH_MS = 1e12

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}/
/** The three date formats of RFC 9110. `Date.parse` accepts far more, "5 apples" included. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{2}:\d{2}:\d{2}/

/**
 * Returns how long an upstream asks to wait, in whole ms from `now` (ms since the epoch), clamped to 50 ms to 15
 * minutes. `Retry-After` takes precedence over `retry-after-ms`, and both over the latest reset of the limits that are
 * exhausted. Values that cannot be parsed are ignored; returns `undefined` if no value is left.
 */
export function parseRetryAfter(headers: ResponseHeaders, now: number): number | undefined {
  const waitMs =
    parseWait(firstValue(headers['retry-after']), now) ??
    parseMilliseconds(firstValue(headers['retry-after-ms'])) ??
    resetWait(headers, now)
  return within(waitMs)
}

/**
 * Returns how long an upstream that accepted a call wants no other: until the latest reset of the limits that its
 * response headers declare exhausted. In whole ms, clamped to 50 ms to 15 minutes; `undefined` if no limit is
 * exhausted.
 */
export function parseExhausted(headers: ResponseHeaders, now: number): number | undefined {
  return within(resetWait(headers, now))
}

function within(waitMs: number | undefined): number | undefined {
  return waitMs === undefined ? undefined : Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, Math.ceil(waitMs)))
}

function resetWait(headers: ResponseHeaders, now: number): number | undefined {
  const waits = structuredWaits(headers)
  for (const name of Object.keys(headers)) {
    const waitMs = name.includes('remaining') ? namedWait(headers, name, now) : undefined
    if (waitMs !== undefined) waits.push(waitMs)
  }
  return waits.length === 0 ? undefined : Math.max(...waits)
}

/**
 * Reads `X-RateLimit-Remaining` and its variants of GitHub, OpenAI (`x-ratelimit-remaining-tokens`), Anthropic
 * (`anthropic-ratelimit-tokens-remaining`) and the early IETF drafts. The names of the limit and reset headers differ
 * in one word. A limit of 0 or less declares nothing: Azure sends -1 and 0 for "unknown".
 */
function namedWait(headers: ResponseHeaders, name: string, now: number): number | undefined {
  if (!/rate-?limit/.test(name) || firstValue(headers[name]) !== '0') return undefined
  const limit = firstValue(headers[name.replace('remaining', 'limit')])
  if (limit !== undefined && Number.parseFloat(limit) <= 0) return undefined
  return parseWait(firstValue(headers[name.replace('remaining', 'reset')]), now)
}

/**
 * Reads `RateLimit: "burst";r=0;t=5` of the current IETF draft, and `RateLimit: limit=10, remaining=0, reset=5` of
 * draft 7.
 */
function structuredWaits(headers: ResponseHeaders): number[] {
  const value = allValues(headers['ratelimit'])
  if (value === undefined) return []
  const policies = /\bremaining=/.test(value) ? [value] : value.split(',')
  return policies.flatMap((policy) => {
    const isExhausted = /[;,\s]r(?:emaining)?\s*=\s*0(?![.\d])/.test(` ${policy}`)
    const [, seconds] = /[;,\s](?:t|reset)\s*=\s*(\d+)/.exec(` ${policy}`) ?? []
    return isExhausted && seconds !== undefined ? Number(seconds) * 1_000 : []
  })
}

/**
 * Parses seconds, a time since the epoch in seconds or ms, a duration such as `6m0s`, an RFC 3339 time or an HTTP date.
 */
export function parseWait(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+(?:\.\d+)?$/.test(value)) return waitOfNumber(Number(value), now)
  if (DURATION.test(value)) return durationMs(value)
  const moment = parseMoment(value)
  return moment === undefined ? undefined : Math.max(0, moment - now)
}

function waitOfNumber(value: number, now: number): number {
  if (value > FIRST_EPOCH_MS) return Math.max(0, value - now)
  if (value > FIRST_EPOCH_SECONDS) return Math.max(0, value * 1_000 - now)
  return value * 1_000
}

function durationMs(value: string): number {
  const parts = Array.from(value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g))
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (MS_PER_UNIT[unit ?? ''] ?? 0), 0)
}

function parseMoment(value: string): number | undefined {
  if (!ISO_TIME.test(value) && !HTTP_DATE.test(value)) return undefined
  // The oldest HTTP date format has no zone. RFC 9110 defines it as GMT.
  const isZoned = /(?:GMT|Z|[+-]\d{2}:?\d{2})$/.test(value)
  const moment = Date.parse(isZoned ? value : `${value} GMT`)
  return Number.isNaN(moment) ? undefined : moment
}

function parseMilliseconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined
}

/** The first value of a header that may have been sent more than once. */
export function firstValue(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value[0] : value
  return typeof text === 'string' ? text.trim() : undefined
}

/** All values of a header as one comma-separated list. */
export function allValues(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
