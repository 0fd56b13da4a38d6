import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { ErrorSimulation } from './error-simulation.ts'
import { DelayMs, Latency } from './latency.ts'
import { LimiterKind, RateLimit } from './limiter/rate-limiter.ts'
import { HeaderDialect } from './rate-limit-headers.ts'

/** How a simulated service behaves: the body of `POST /service/:name`, and `defaultService` of single mode. */
export const ServiceSettings = Type.Object(
  {
    /** Requests it works on at once; one more is answered 503. */
    maxConcurrency: Type.Integer({ minimum: 1 }),
    /** Requests it accepts per window; one more is answered 429. */
    rateLimit: RateLimit,
    /** Shortest and longest wait before a 200, drawn evenly. Default: [10, 200]. */
    delayMs: Type.Optional(
      Type.Refine(
        Type.Tuple([DelayMs, DelayMs]),
        ([min, max]) => min <= max,
        () => 'the first must not be above the second',
      ),
    ),
    /** Default: it never fails on purpose. */
    errorSimulation: Type.Optional(ErrorSimulation),
    /** How `rateLimit` is counted. Default: bucket. */
    limiter: Type.Optional(LimiterKind),
    /** Whether a 429 says in `retry-after` and `retry-after-ms` when the next request will be accepted. Default: false. */
    retryAfter: Type.Optional(Type.Boolean()),
    /** Whose headers state the limit on every 200 and 429. Default: none are sent. */
    rateLimitHeaders: Type.Optional(HeaderDialect),
    /** Takes the place of `delayMs` when given. */
    latencyMs: Type.Optional(Latency),
  },
  { additionalProperties: false },
)
export type ServiceSettings = Static<typeof ServiceSettings>

const compiled = Compile(ServiceSettings)

/** Lists the problems of a service's settings, one sentence each; empty when they can be used. */
export function findServiceProblems(settings: unknown): string[] {
  if (compiled.Check(settings)) return []
  return compiled.Errors(settings).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`)
}
