import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Settings } from '@sluice/settings'
import { DelayMs, Latency } from './latency.ts'
import { DEFAULT_PORT } from './mock-server.ts'
import type { ServiceSettings } from './service-settings.ts'

const MockDelayMs = Type.Array(DelayMs, {
  minItems: 2,
  maxItems: 2,
  default: [10, 200],
  expects: 'two numbers of ms, such as 10,200, the first not above the second',
  description: 'Minimum and maximum delay before a 200, in ms, uniformly distributed. Single mode only.',
})

const MockLatencyMs = Type.String({
  expects: 'a distribution in JSON, such as {"distribution":"lognormal","median":80,"sigma":0.5}',
  description:
    'Replaces MOCK_DELAY_MS: a constant, uniform, normal or lognormal distribution of delays. Single mode only.',
})

/** The environment variables of the mock upstream. "Single mode only" marks those of its default service. */
export const mockSettings = Type.Object({
  MOCK_PORT: Type.Integer({
    minimum: 0,
    maximum: 65_535,
    default: DEFAULT_PORT,
    description: 'Port to listen on. With 0, the server chooses a free port and logs it.',
  }),
  MOCK_HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on.' }),
  MOCK_MODE: Type.Enum(['single', 'multi'], {
    default: 'single',
    description: 'single: one service at /. multi: services that POST /service/:name creates, at /mock/:name.',
  }),
  MOCK_LOG_REQUESTS: Type.Boolean({ default: false, description: 'Whether to log every request.' }),
  MOCK_MAX_CONCURRENCY: Type.Integer({
    minimum: 1,
    default: 10,
    description: 'Maximum number of concurrent requests. Further requests get a 503. Single mode only.',
  }),
  MOCK_RATE_LIMIT: Type.Integer({
    minimum: 1,
    default: 100,
    description: 'Maximum number of requests per window. Further requests get a 429. Single mode only.',
  }),
  MOCK_RATE_WINDOW_MS: Type.Number({
    minimum: 1,
    default: 1000,
    description: 'Length of the window of MOCK_RATE_LIMIT, in ms. Single mode only.',
  }),
  MOCK_LIMITER: Type.Enum(['bucket', 'fixed', 'sliding'], {
    default: 'bucket',
    description: 'Algorithm of MOCK_RATE_LIMIT. Single mode only.',
  }),
  MOCK_DELAY_MS: Type.Refine(MockDelayMs, isOrdered),
  MOCK_LATENCY_MS: Type.Optional(Type.Refine(MockLatencyMs, (text) => parseLatency(text) !== undefined)),
  MOCK_ERROR_RATE: Type.Number({
    minimum: 0,
    maximum: 1,
    default: 0,
    description: 'Share of requests that fail on purpose, from 0 (none) to 1 (all). Single mode only.',
  }),
  MOCK_ERROR_STATUS: Type.Integer({
    minimum: 200,
    maximum: 599,
    default: 500,
    description: 'Status of responses that fail on purpose. Single mode only.',
  }),
  MOCK_ERROR_MESSAGE: Type.String({
    default: 'internal_server_error',
    description: 'The field "error" of responses that fail on purpose. Single mode only.',
  }),
  MOCK_RETRY_AFTER: Type.Boolean({
    default: false,
    description: 'Whether a 429 has the headers Retry-After and retry-after-ms. Single mode only.',
  }),
  MOCK_RATE_LIMIT_HEADERS: Type.Optional(
    Type.Enum(['ietf', 'openai', 'anthropic'], {
      description: 'Provider whose rate-limit headers every 200 and 429 has. Single mode only.',
    }),
  ),
})

/** Returns the service of single mode. */
export function defaultServiceOf(settings: Settings<typeof mockSettings>): ServiceSettings {
  const [min = 0, max = min] = settings.MOCK_DELAY_MS
  const latencyMs = parseLatency(settings.MOCK_LATENCY_MS)
  const rateLimitHeaders = settings.MOCK_RATE_LIMIT_HEADERS
  return {
    maxConcurrency: settings.MOCK_MAX_CONCURRENCY,
    rateLimit: { limit: settings.MOCK_RATE_LIMIT, windowMs: settings.MOCK_RATE_WINDOW_MS },
    limiter: settings.MOCK_LIMITER,
    delayMs: [min, max],
    errorSimulation: {
      rate: settings.MOCK_ERROR_RATE,
      statusCode: settings.MOCK_ERROR_STATUS,
      errorMessage: settings.MOCK_ERROR_MESSAGE,
    },
    retryAfter: settings.MOCK_RETRY_AFTER,
    ...(latencyMs !== undefined && { latencyMs }),
    ...(rateLimitHeaders !== undefined && { rateLimitHeaders }),
  }
}

function isOrdered([min = 0, max = min]: readonly number[]): boolean {
  return min <= max
}

function parseLatency(text: string | undefined): Latency | undefined {
  try {
    const latency: unknown = JSON.parse(text ?? '')
    return Value.Check(Latency, latency) ? latency : undefined
  } catch {
    return undefined
  }
}
