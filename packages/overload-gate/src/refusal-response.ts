import type { IncomingMessage } from 'node:http'
import type { ServerGateOptions } from './gate-options.ts'
import { defaultProblem, type Refusal, retryAfterIn } from './refusal.ts'
import { hasBigBodyUnread } from './request-body.ts'

/** Why the gate refuses a request. */
export type RefusalCause = Pick<Refusal, 'gateClass' | 'reason' | 'predictedWaitMs'>

/** The response to a refused request. Its status is 503. */
export interface RefusalResponse {
  headers: Record<string, string | number>
  body: string
}

/** A request as its framework shows it, as Node shows it, and where errors of its app are logged. */
export interface RefusedRequest<Request> {
  request: Request
  raw: IncomingMessage
  logError: (error: unknown, message: string) => void
}

/** Creates the function that builds responses as the options say. */
export function createRefusalResponse<Request>({
  code = 'OVERLOADED',
  buildProblem = defaultProblem,
}: ServerGateOptions<Request>): (refused: RefusedRequest<Request>, cause: RefusalCause) => RefusalResponse {
  return ({ request, raw, logError }, cause) => {
    const refusal = { ...cause, code, retryAfterSeconds: retryAfterIn(cause.predictedWaitMs) }
    return {
      headers: {
        ...(mustClose(raw, refusal) && { connection: 'close' }),
        'retry-after': refusal.retryAfterSeconds,
        'content-type': 'application/problem+json',
      },
      body: JSON.stringify(problemOf(refusal)),
    }

    function problemOf(given: Refusal): object {
      try {
        return buildProblem(given, request)
      } catch (error) {
        logError(error, 'buildProblem of the overload gate failed')
        return defaultProblem(given)
      }
    }
  }
}

/** Otherwise the connection is kept, as each reconnect costs a busy event loop a tick. */
function mustClose(raw: IncomingMessage, { reason }: Refusal): boolean {
  const hasConnectionHeader = raw.httpVersionMajor < 2
  return hasConnectionHeader && (reason === 'closing' || hasBigBodyUnread(raw))
}
