import type { FastifyReply, FastifyRequest } from 'fastify'
import type { GateOptions } from './gate-options.ts'
import { defaultProblem, type Refusal, retryAfterIn } from './refusal.ts'
import { hasBigBodyUnread } from './request-body.ts'

/** Answers a request with 503. */
export type Refuse = (
  request: FastifyRequest,
  reply: FastifyReply,
  why: Pick<Refusal, 'gateClass' | 'reason' | 'predictedWaitMs'>,
) => void

/** Creates the function that refuses requests as the options say. */
export function createRefuse({ code = 'OVERLOADED', buildProblem = defaultProblem }: GateOptions): Refuse {
  return (request, reply, why) => {
    const refusal = { ...why, code, retryAfterSeconds: retryAfterIn(why.predictedWaitMs) }
    if (mustClose(request, refusal)) reply.header('connection', 'close')
    reply
      .code(503)
      .header('retry-after', refusal.retryAfterSeconds)
      .type('application/problem+json')
      .send(JSON.stringify(problemOf(refusal)))

    function problemOf(given: Refusal): object {
      try {
        return buildProblem(given, request)
      } catch (error) {
        request.log.error({ err: error }, 'buildProblem of the overload gate failed')
        return defaultProblem(given)
      }
    }
  }
}

/** Otherwise the connection is kept, as each reconnect costs a busy event loop a tick. */
function mustClose({ raw }: FastifyRequest, { reason }: Refusal): boolean {
  const hasConnectionHeader = raw.httpVersionMajor < 2
  return hasConnectionHeader && (reason === 'closing' || hasBigBodyUnread(raw))
}
