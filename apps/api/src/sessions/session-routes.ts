import { DEFAULT_SESSIONS_PER_PAGE, operations } from '@sluice/contracts'
import { createSession, endSession, listSessions, SessionNotFoundError } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { sessionView } from '../api-keys/api-key-view.ts'
import { DELETE_COOKIE, storeCookie } from '../auth/session-cookie.ts'
import { sessionPrincipal } from '../auth/session-principal.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { browserSessionView } from './browser-session-view.ts'
import { checkSignInPage } from './check-sign-in-page.ts'
import { ownersOf } from './owners-of.ts'

/** The routes by which browsers sign in and out, and by which sessions are listed and ended. */
export const sessionRoutes: FastifyPluginAsync<ApiContext> = async (app, context) => {
  const { engine, authenticator, publicUrl } = context
  route(app, operations.createSession, async (request, reply) => {
    checkSignInPage(request.raw, publicUrl)
    const earlier = await authenticator.findSessionOf(request)
    const principal = await authenticator.signIn(request, request.body.apiKey)
    if (earlier?.sessionId) await endSession(engine, earlier.sessionId)
    const { session, text } = await createSession(engine, { kind: 'key', keyId: principal.keyId ?? '' })
    reply.header('set-cookie', storeCookie(text))
    request.principal = sessionPrincipal(session, principal)
    return sessionView(request.principal)
  })

  route(app, operations.readSession, async (request) => sessionView(principalOf(request)))

  route(app, operations.deleteSession, async (request, reply) => {
    request.principal = await authenticator.findSessionOf(request)
    if (request.principal?.sessionId) await endSession(engine, request.principal.sessionId)
    reply.header('set-cookie', DELETE_COOKIE)
  })

  route(app, operations.listSessions, async (request) => {
    const { pageSize = DEFAULT_SESSIONS_PER_PAGE, cursor } = request.query
    const principal = principalOf(request)
    const owners = ownersOf(principal, request.query, context.oidc?.options.issuer)
    if (owners === 'none') return { sessions: [], nextCursor: null }
    const ownerId = owners === 'all' ? undefined : owners.id
    const { sessions, nextCursor } = await listSessions(engine, { pageSize, cursor, ownerId })
    return { sessions: sessions.map((session) => browserSessionView(session, principal)), nextCursor }
  })

  route(app, operations.endSession, async ({ params: { id } }) => {
    if (!(await endSession(engine, id))) throw new SessionNotFoundError(id)
  })
}
