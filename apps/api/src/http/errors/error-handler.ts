import type { LineErrorView, RequestErrorView } from '@sluice/contracts'
import { BatchNotFoundError, type Engine } from '@sluice/engine'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describeError, type Failure } from './describe-error.ts'
import { hintAtCode } from './hint-at-code.ts'
import { printable } from './printable.ts'
import { sendProblem } from './send-problem.ts'

/**
 * Turns everything that is thrown into a problem document.
 *
 * @param count is called with each error.
 */
export function registerErrorHandler(app: FastifyInstance, engine: Engine, count: (error: unknown) => void): void {
  app.decorateRequest('refusalCode')
  app.setErrorHandler(async (error, request, reply) => {
    count(error)
    const explained = error instanceof BatchNotFoundError ? await hintAtCode(engine, error, request) : error
    return handleError(explained, request, reply)
  })
}

/** Also for errors that Fastify finds before it has a route, such as a path that cannot be decoded. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = describeError(error, request)
  logFailure(request, failure, error)
  return sendProblem(request, reply, failure)
}

/** Refusals whose detail may quote the request. */
const QUOTING_CODES = new Set(['SLUICE_REQUEST_INVALID', 'SLUICE_BODY_NOT_JSON', 'SLUICE_TASKS_INVALID'])

/** The log says what was wrong and where, without the values: they are the caller's data. */
function logFailure(request: FastifyRequest, { status, code, detail, details }: Failure, error: unknown): void {
  const { accepted, total } = details ?? {}
  const fields = { code, accepted, total, problems: problemsOf(details) }
  if (status >= 500) request.log.error({ err: error, code }, 'request failed')
  else request.log.info(fields, QUOTING_CODES.has(code) ? 'request refused' : detail)
}

/** Problems that one entry lists. */
const MAX_PROBLEMS = 10

function problemsOf({ errors = [], lines = [] }: Problems = {}): string[] | undefined {
  const problems = [
    ...errors.map(({ path, message }) => `${path} ${message}`),
    ...lines.map(({ line, message }) => `line ${line} ${message}`),
  ]
  return problems.length === 0 ? undefined : problems.slice(0, MAX_PROBLEMS).map((text) => printable(text))
}

interface Problems {
  errors?: readonly RequestErrorView[]
  lines?: readonly LineErrorView[]
}
