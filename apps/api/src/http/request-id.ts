import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { FastifyServerOptions } from 'fastify'

/** What is safe in a log, a header and a URL alike: UUIDs, ULIDs, trace ids, and those that proxies make. */
const REQUEST_ID = /^[A-Za-z0-9._~:/+=@-]{1,128}$/

/** Version, trace id, span id and flags, as W3C Trace Context defines them. Version ff is invalid. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/**
 * The id of a request: its `x-request-id`, so that the logs of its client, of a proxy and of the API have one id, or a
 * new one if it has none or one with other characters or more than 128 of them.
 */
export function requestIdOf({ headers: { 'x-request-id': sent } }: IncomingMessage): string {
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : randomUUID()
}

/** Adds the trace that a request belongs to, named by a valid `traceparent`, to each of its log entries. */
export const traceLogger: NonNullable<FastifyServerOptions['childLoggerFactory']> = (
  logger,
  bindings,
  options,
  request,
) => logger.child({ ...bindings, ...traceOf(request) }, options)

/** The trace that a request belongs to. Undefined if it has none, or an invalid one. */
export function traceparentOf({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined
}

function traceOf({ headers }: IncomingMessage): { traceId?: string; spanId?: string } {
  const [, traceId, spanId] = traceparentOf(headers)?.split('-') ?? []
  return traceId === undefined || spanId === undefined ? {} : { traceId, spanId }
}
