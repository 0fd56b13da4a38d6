import type { DeclaredLimit } from '@sluice/limit-detection'
import { allValues, firstValue, parseWait, type ResponseHeaders } from '../failure/retry-after.ts'

const MS_PER_PERIOD: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}

/**
 * Parses the limits that response headers declare: those of the IETF drafts (`RateLimit-Policy` and `RateLimit`, and
 * the three headers of the early drafts), GitHub's `X-RateLimit-…`, OpenAI's `x-ratelimit-limit-requests` and
 * Anthropic's `anthropic-ratelimit-requests-limit`. A limit of 0 or less declares nothing: Azure sends -1 and 0 for
 * "unknown".
 */
export function parseDeclaredLimits(headers: ResponseHeaders, now: number): DeclaredLimit[] {
  const limits = [...policies(headers), ...namedLimits(headers, now)]
  return limits.filter(({ max }) => max > 0 && Number.isFinite(max))
}

/** An upstream that declares more policies is not believed the rest of them. */
const MAX_POLICIES = 32

/** Parses `"burst";q=100;w=60`, and `100;w=60` of earlier drafts. `RateLimit` holds what remains of each policy. */
function policies(headers: ResponseHeaders): DeclaredLimit[] {
  const states = new Map(listOf(headers['ratelimit']).map((state) => [nameOf(state), state]))
  return listOf(headers['ratelimit-policy']).flatMap((policy) => {
    const max = parameter(policy, 'q') ?? leadingNumber(policy)
    if (max === undefined) return []
    const unit = /;\s*qu\s*=\s*"?([\w-]+)/.exec(policy)?.[1] ?? 'requests'
    const seconds = parameter(policy, 'w')
    const state = states.get(nameOf(policy)) ?? ''
    const resetSeconds = parameter(state, 't')
    return [
      {
        unit,
        max,
        perMs: seconds && seconds * 1000,
        remaining: parameter(state, 'r'),
        resetMs: resetSeconds === undefined ? undefined : resetSeconds * 1000,
      },
    ]
  })
}

function listOf(header: string | string[] | undefined): string[] {
  return (allValues(header) ?? '').split(',', MAX_POLICIES)
}

function nameOf(policy: string): string {
  return policy.split(';', 1)[0]?.trim() ?? ''
}

/** Parses headers for the limit, the remainder and the reset whose names differ in one word. */
function namedLimits(headers: ResponseHeaders, now: number): DeclaredLimit[] {
  return Object.keys(headers).flatMap((name) => {
    if (!/rate-?limit/.test(name) || !name.includes('remaining')) return []
    const limit = firstValue(headers[name.replace('remaining', 'limit')])
    const max = leadingNumber(limit ?? '')
    if (max === undefined) return []
    const remaining = leadingNumber(firstValue(headers[name]) ?? '')
    const resetMs = parseWait(firstValue(headers[name.replace('remaining', 'reset')]), now)
    return [{ ...scopeOf(name, limit ?? '', max), max, remaining, resetMs }]
  })
}

/** Reads the unit and the period from a name: `x-ratelimit-remaining-requests-minute` counts requests per minute. */
function scopeOf(name: string, limit: string, max: number): Pick<DeclaredLimit, 'unit' | 'perMs'> {
  const rest = name.replace(/^.*rate-?limit-?/, '').replace(/-?remaining-?/, '')
  const [, unit = '', period = ''] = /^(.*?)-?(?:per-)?(second|minute|hour|day)?$/.exec(rest) ?? []
  // `10, 10;w=1, 50;w=60`: the tightest limit first, and then all limits with their windows.
  const policy = limit.split(',').find((candidate) => leadingNumber(candidate) === max && candidate.includes('w='))
  const seconds = policy === undefined ? undefined : parameter(policy, 'w')
  return { unit: unit || 'requests', perMs: MS_PER_PERIOD[period] ?? (seconds && seconds * 1000) }
}

function parameter(text: string, name: string): number | undefined {
  const [, value] = new RegExp(`;\\s*${name}\\s*=\\s*(\\d+(?:\\.\\d+)?)`).exec(text) ?? []
  return value === undefined ? undefined : Number(value)
}

function leadingNumber(text: string): number | undefined {
  const [value] = /^\s*\d+(?:\.\d+)?/.exec(text) ?? []
  return value === undefined ? undefined : Number(value)
}
