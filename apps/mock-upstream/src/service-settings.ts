import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { AnswerKind } from './answer-body.ts'
import { ErrorSimulation } from './error-simulation.ts'
import { DelayMs, Latency } from './latency.ts'
import { LimiterKind, RateLimit } from './limiter/rate-limiter.ts'
import { HeaderDialect } from './rate-limit-headers.ts'

/** The settings of a simulated service: the body of `POST /service/:name`, and `defaultService` of single mode. */
export const ServiceSettings = Type.Object(
  {
    /** The maximum of concurrent requests. Further ones are answered with 503. */
    maxConcurrency: Type.Integer({ minimum: 1 }),
    /** The maximum of accepted requests per window. Further ones are answered with 429. */
    rateLimit: RateLimit,
    /** The shortest and longest delay of a 200, uniformly distributed. Default: [10, 200]. */
    delayMs: Type.Optional(
      Type.Refine(
        Type.Tuple([DelayMs, DelayMs]),
        ([min, max]) => min <= max,
        () => 'the first must not be above the second',
      ),
    ),
    /** Default: no simulated errors. */
    errorSimulation: Type.Optional(ErrorSimulation),
    /** How `rateLimit` is counted. Default: bucket. */
    limiter: Type.Optional(LimiterKind),
    /** Whether a 429 states in `retry-after` and `retry-after-ms` when to call again. Default: false. */
    retryAfter: Type.Optional(Type.Boolean()),
    /** The style of the rate-limit headers on every 200 and 429. Default: no such headers. */
    rateLimitHeaders: Type.Optional(HeaderDialect),
    /** The body of a 200. Default: plain. */
    answer: Type.Optional(AnswerKind),
    /** Replaces `delayMs`. */
    latencyMs: Type.Optional(Latency),
  },
  { additionalProperties: false },
)
export type ServiceSettings = Static<typeof ServiceSettings>

const compiled = Compile(ServiceSettings)

/** Returns the problems of a service's settings, one sentence each. Empty if the settings are valid. */
export function findServiceProblems(settings: unknown): string[] {
  if (compiled.Check(settings)) return []
  return compiled.Errors(settings).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`)
}
