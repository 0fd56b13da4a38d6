import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { HostCheck } from './allowed-hosts.ts'
import { allowOrigin } from './cors.ts'
import { findForeignness } from './find-foreignness.ts'

/**
 * Headers of every answer: no browser guesses its type, keeps it, hands it to a page of another site, shows it in a frame,
 * or runs anything in it. HTML pages have a policy of their own (page-headers.ts).
 */
export const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether it is a page without data of its own, to which other sites may link. Default false. */
    isPage?: boolean
  }
}

/** Prepares the answer to a request, and returns why the request must be refused before anything else looks at it. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => Error | undefined

/**
 * Creates the guard of an API that is called by the hosts that `isAllowed` accepts, and in browsers also by the pages of
 * `origins`.
 */
export function createGuard(isAllowed: HostCheck, origins: ReadonlySet<string>): Guard {
  return (request, reply) => {
    reply.header('x-request-id', request.id).headers(ANSWER_HEADERS)
    allowOrigin(request, reply, origins)
    return findForeignness(request.raw, isAllowed, { origins, isOpenToLinks: isOpenToLinks(request) })
  }
}

/** Pages show and change nothing by themselves, and a redirect of another site is checked by its operation. */
function isOpenToLinks({ routeOptions }: FastifyRequest): boolean {
  const { isPage = false, operation } = routeOptions?.config ?? {}
  return isPage || operation?.isRedirectTarget === true
}

/**
 * Makes the guard the first hook of every request, health checks and pages included: what a foreign request asks for is
 * neither held by the gate, nor read, nor counted against anyone else.
 */
export function registerGuard(app: FastifyInstance, guard: Guard): void {
  app.addHook('onRequest', (request, reply, done) => done(guard(request, reply)))
}
