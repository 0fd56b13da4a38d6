import { operations } from '@sluice/contracts'
import { createSession, endSession } from '@sluice/engine'
import type { FastifyPluginAsync } from 'fastify'
import type { ApiContext } from '../api-context.ts'
import { sessionView } from '../api-keys/api-key-view.ts'
import { DELETE_COOKIE, storeCookie } from '../auth/session-cookie.ts'
import { sessionPrincipal } from '../auth/session-principal.ts'
import { principalOf } from '../http/principal.ts'
import { route } from '../http/route.ts'
import { checkSignInPage } from './check-sign-in-page.ts'

/** The routes by which browsers sign in and out. */
export const sessionRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine, authenticator, publicUrl }) => {
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
}
