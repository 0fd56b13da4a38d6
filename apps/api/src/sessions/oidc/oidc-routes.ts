import { operations, type Role } from '@sluice/contracts'
import { createSession, endSession, type SessionOwner } from '@sluice/engine'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import type { IDToken } from 'openid-client'
import type { ApiContext } from '../../api-context.ts'
import { TooManyFailuresError } from '../../auth/auth-errors.ts'
import { BoundedLookUps } from '../../auth/bounded-look-ups.ts'
import { CountsPerMinute } from '../../auth/counts-per-minute.ts'
import { storeCookie } from '../../auth/session-cookie.ts'
import { oidcPrincipal } from '../../auth/session-principal.ts'
import { printable } from '../../http/errors/printable.ts'
import { route } from '../../http/route.ts'
import { checkPublicHost } from '../check-sign-in-page.ts'
import { OidcNoReachError, OidcNoRoleError, OidcOffError, OidcRefusedError } from './oidc-errors.ts'
import type { OidcClient } from './oidc-client.ts'
import type { OidcOptions } from './oidc-settings.ts'
import { reachOfClaims } from './reach-of-claims.ts'
import { roleOfClaims } from './role-of-claims.ts'
import { DELETE_ATTEMPT, readAttempt, storeAttempt } from './sign-in-attempt.ts'

/** The longest name that the audit log shows. */
const MAX_NAME_LENGTH = 100

/** Callbacks that the issuer refuses, which one address may send in a minute. Each is a request to the issuer. */
const MAX_REFUSED = 100

/** The routes by which people sign in at an issuer of OpenID Connect. */
export const oidcRoutes: FastifyPluginAsync<ApiContext> = async (app, { engine, authenticator, oidc }) => {
  const refused = new CountsPerMinute(MAX_REFUSED)
  const exchanges = new BoundedLookUps(refused)

  route(app, operations.startSignIn, async ({ raw, query }, reply) => {
    const { client, options } = expectOidc(oidc)
    checkPublicHost(raw, options.publicUrl)
    const { url, attempt } = await client.begin(query.returnTo ?? options.publicUrl.pathname)
    reply.headers({ 'set-cookie': storeAttempt(attempt), location: url.href })
  })

  route(app, operations.finishSignIn, async (request, reply) => {
    const { client, options } = expectOidc(oidc)
    checkPublicHost(request.raw, options.publicUrl)
    const attempt = readAttempt(request.headers.cookie)
    reply.header('set-cookie', DELETE_ATTEMPT)
    if (attempt === undefined) throw refuse(request, options, new Error('the browser has begun no sign-in'))
    const query = request.url.slice(request.url.indexOf('?'))
    const claims = await exchanges.run(request.ip, async () => {
      const waitMs = refused.waitMs(request.ip)
      if (waitMs > 0) throw new TooManyFailuresError(waitMs)
      return await client.finish(query, attempt).catch((error: unknown) => {
        if (!(error instanceof OidcRefusedError)) throw error
        refused.add(request.ip)
        throw refuse(request, options, error.cause)
      })
    })
    const owner = ownerOf(request, claims, options)
    const earlier = await authenticator.findSessionOf(request)
    if (earlier?.sessionId) await endSession(engine, earlier.sessionId)
    const { session, text } = await createSession(engine, owner)
    request.principal = oidcPrincipal(session, owner)
    reply.header('set-cookie', storeCookie(text)).header('location', new URL(attempt.returnTo, options.publicUrl).href)
  })
}

function expectOidc(oidc: ApiContext['oidc']): { client: OidcClient; options: OidcOptions } {
  if (oidc === undefined) throw new OidcOffError()
  return oidc
}

/** The answer does not say what was wrong: an attacker learns nothing, and a person can only try again. */
function refuse(request: FastifyRequest, { issuer }: OidcOptions, cause: unknown): OidcRefusedError {
  request.log.info({ reason: printable(String(cause)), address: request.ip }, 'sign-in at the issuer refused')
  return new OidcRefusedError(issuer, cause)
}

function ownerOf(request: FastifyRequest, claims: IDToken, options: OidcOptions): OidcOwner {
  const role: Role | undefined = roleOfClaims(claims, options)
  const subject = printable(claims.sub)
  if (role === undefined) {
    request.log.info({ subject, address: request.ip }, 'sign-in refused: the claims of the person have no role')
    throw new OidcNoRoleError(subject, options.roleClaim)
  }
  const reach = reachOfClaims(claims, options)
  if (reach.kind === 'invalid') {
    const { claim } = reach
    request.log.info({ subject, claim, address: request.ip }, 'sign-in refused: a claim does not say what is reached')
    throw new OidcNoReachError(subject, reach)
  }
  const { tenant, queues } = reach
  return { kind: 'oidc', issuer: options.issuer.href, subject, name: nameOf(claims), role, tenant, queues }
}

type OidcOwner = Extract<SessionOwner, { kind: 'oidc' }>

/** What people call the person. */
function nameOf(claims: IDToken): string {
  const { name, preferred_username: username, email, sub } = claims
  const found = [name, username, email].find((text): text is string => typeof text === 'string' && text !== '')
  return printable(found ?? sub).slice(0, MAX_NAME_LENGTH)
}
