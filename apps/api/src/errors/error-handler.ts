import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeError, type Failure } from './describe-error.ts'
import { sendProblem } from './send-problem.ts'

/** Turns everything that is thrown, and every unknown path, into a problem document. */
export function registerErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler(handleError)
  app.setNotFoundHandler(handleUnknownRoute)
}

/** Also for errors that Fastify finds before there is a route, such as a path that cannot be decoded. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = describeError(error)
  logFailure(request, failure, error)
  return sendProblem(request, reply, failure)
}

function handleUnknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = `There is no route ${request.method} ${request.url.split('?', 1)[0]}. See /docs.`
  return sendProblem(request, reply, { status: 404, code: 'SLUICE_ROUTE_NOT_FOUND', detail })
}

/** Refusals whose sentence may quote what was sent. */
const QUOTING_CODES = new Set(['SLUICE_REQUEST_INVALID', 'SLUICE_BODY_NOT_JSON'])

/** What was sent stays out of the log: it is the caller's data. */
function logFailure(request: FastifyRequest, { status, code, detail, details }: Failure, error: unknown): void {
  const { accepted, total } = details ?? {}
  if (status >= 500) request.log.error({ err: error, code }, 'request failed')
  else if (QUOTING_CODES.has(code)) request.log.info({ code }, 'request refused')
  else request.log.info({ code, accepted, total }, detail)
}
