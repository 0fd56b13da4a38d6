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

/** Values that were sent stay out of the log: they are the caller's data. */
function logFailure(request: FastifyRequest, { status, code, detail, details }: Failure, error: unknown): void {
  const { accepted, total } = details ?? {}
  if (status >= 500) request.log.error({ err: error, code }, 'request failed')
  else if (code === 'SLUICE_REQUEST_INVALID') request.log.info({ code }, 'request refused')
  else request.log.info({ code, accepted, total }, detail)
}
