import type { ErrorCode, Problem } from '@sluice/contracts'
import { hideApiKeys } from '@sluice/engine'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Failure } from './describe-error.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem document that answers the request. Undefined: none so far. */
    refusalCode: ErrorCode | undefined
  }
}

/** Answers with a problem document (RFC 9457). */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: Failure): FastifyReply {
  request.refusalCode = failure.code
  if (failure.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  return (
    reply
      .code(failure.status)
      .headers(failure.headers ?? {})
      .type('application/problem+json')
      // It quotes what the client has sent, and may be logged by it.
      .send(hideApiKeys(JSON.stringify(problemOf(request, failure))))
  )
}

/** Returns the problem document of a failure. */
export function problemOf(
  request: Pick<FastifyRequest, 'id' | 'url'>,
  { status, code, detail, retryAfterMs, details }: Failure,
): Problem {
  return {
    type: `urn:sluice:problem:${wordsOf(code).join('-')}`,
    title: capitalize(wordsOf(code).join(' ')),
    status,
    code,
    detail,
    instance: hideApiKeys(request.url.split('?', 1)[0] ?? request.url),
    requestId: request.id,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...details,
  }
}

/** SLUICE_BATCH_NOT_FOUND → batch, not, found. */
function wordsOf(code: string): string[] {
  return code.toLowerCase().split('_').slice(1)
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
