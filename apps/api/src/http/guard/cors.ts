import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** How long a browser may remember the answer to a preflight, in seconds: the longest that Chromium allows. */
const REMEMBER_S = 7200

const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, if-match, last-event-id, traceparent, x-api-key, x-request-id, ' +
    'x-sluice-reason',
  'access-control-max-age': String(REMEMBER_S),
}

/** The headers of answers that pages may read besides those that they always may. */
const EXPOSED_HEADERS =
  'allow, etag, location, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id'

/** Lets a browser hand the answer to the page that asked, if that is a page of one of these origins. */
export function allowOrigin({ headers }: FastifyRequest, reply: FastifyReply, origins: ReadonlySet<string>): void {
  if (origins.size === 0) return
  // Also without Origin: a cache must not hand an answer without these headers to a page.
  reply.header('vary', 'origin')
  if (headers.origin === undefined || !origins.has(headers.origin)) return
  reply.header('access-control-allow-origin', headers.origin).header('access-control-expose-headers', EXPOSED_HEADERS)
}

/**
 * Answers preflights: the question of a browser whether a page of another origin may make a request. It comes after the
 * guard, which refuses the pages of all other origins, and before anything that requires credentials, which browsers do
 * not send with it.
 */
export function registerPreflight(app: FastifyInstance, origins: ReadonlySet<string>): void {
  if (origins.size === 0) return
  app.addHook('onRequest', async (request, reply) => {
    if (isPreflight(request)) return reply.code(204).headers(PREFLIGHT_HEADERS).send()
  })
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}
