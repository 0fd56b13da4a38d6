import { type Static, Type } from 'typebox'
import type { Allowance, RateLimit } from './limiter/rate-limiter.ts'

export const HeaderDialect = Type.Enum(['ietf', 'openai', 'anthropic'])
/** The style in which a service states its rate limit in headers. */
export type HeaderDialect = Static<typeof HeaderDialect>

type Headers = Record<string, string>
type WriteHeaders = (rateLimit: RateLimit, allowance: Allowance, epochMs: number) => Headers

const WRITE_BY_DIALECT: Record<HeaderDialect, WriteHeaders> = {
  ietf: ietfHeaders,
  openai: openaiHeaders,
  anthropic: anthropicHeaders,
}

/**
 * Returns the headers that state a limit in one dialect. Times are rounded up, so that a client that waits for them is
 * never early.
 */
export function rateLimitHeaders(
  dialect: HeaderDialect,
  rateLimit: RateLimit,
  allowance: Allowance,
  epochMs: number,
): Headers {
  return WRITE_BY_DIALECT[dialect](rateLimit, allowance, epochMs)
}

/** States when the next request will be accepted: `retry-after` in whole seconds, `retry-after-ms` in whole ms. */
export function retryAfterHeaders({ growsInMs }: Allowance): Headers {
  return { 'retry-after': String(Math.ceil(growsInMs / 1000)), 'retry-after-ms': String(Math.ceil(growsInMs)) }
}

/** draft-ietf-httpapi-ratelimit-headers-10: `r` requests are available for the next `t` seconds. */
function ietfHeaders({ limit, windowMs }: RateLimit, { remaining, growsInMs }: Allowance): Headers {
  // The draft requires a window of whole seconds, but allows to omit it.
  const window = windowMs % 1000 === 0 ? `;w=${windowMs / 1000}` : ''
  return {
    'ratelimit-policy': `"requests";q=${limit}${window}`,
    ratelimit: `"requests";r=${remaining};t=${Math.ceil(growsInMs / 1000)}`,
  }
}

/** OpenAI documents its reset as the time until the limit returns to its initial state. */
function openaiHeaders({ limit }: RateLimit, { remaining, fullInMs }: Allowance): Headers {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': formatDuration(Math.ceil(fullInMs)),
  }
}

/** Anthropic documents its reset as the time at which the limit is fully replenished, in RFC 3339 format. */
function anthropicHeaders({ limit }: RateLimit, { remaining, fullInMs }: Allowance, epochMs: number): Headers {
  const resetSeconds = Math.ceil((epochMs + fullInMs) / 1000)
  return {
    'anthropic-ratelimit-requests-limit': String(limit),
    'anthropic-ratelimit-requests-remaining': String(remaining),
    'anthropic-ratelimit-requests-reset': new Date(resetSeconds * 1000).toISOString().replace('.000Z', 'Z'),
  }
}

/** Formats a duration as OpenAI does: `12ms`, `1.5s`, `6m0s`, `2h0m0s`. */
function formatDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor((ms % 3_600_000) / 60_000)
  const seconds = `${(ms % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}
