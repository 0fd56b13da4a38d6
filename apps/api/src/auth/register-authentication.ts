import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import type { Principal } from '../http/principal.ts'
import type { Authenticator } from './authenticator.ts'
import type { Credential } from './read-credential.ts'
import type { RequestQuota } from './request-quota.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined on public routes. */
    credential: Credential | undefined
  }
}

/**
 * Reads the credentials of requests. It must come before the overload gate, so that garbage is not held. The server does
 * not start if a route does not say what its clients must be permitted.
 */
export function registerCredentials(app: FastifyInstance, authenticator: Authenticator): void {
  const routes: RouteOptions[] = []
  app.decorateRequest('credential')
  app.decorateRequest('principal')
  app.addHook('onRoute', (route) => void routes.push(route))
  app.addHook('onReady', async () => routes.forEach(checkRoute))
  app.addHook('onRequest', (request, _reply, done) => {
    if (isPublic(request)) return done()
    try {
      request.credential = authenticator.admit(request)
    } catch (error) {
      return done(error as Error)
    }
    done()
  })
}

/**
 * Looks API keys up, and refuses what is more than their quota, and what they do not permit. It must come after the overload
 * gate.
 */
export function registerPermissions(app: FastifyInstance, authenticator: Authenticator, quota: RequestQuota): void {
  app.addHook('onClose', async () => quota.close())
  app.addHook('onRequest', (request, reply, done) => {
    const { permission } = request.routeOptions.config
    if (isPublic(request) || !permission) return done()
    const accept = (principal: Principal, at: number): Error | undefined => {
      request.principal = principal
      return quota.spend(principal, reply, at) ?? authenticator.findRefusal(principal, permission)
    }
    let refusal: Error | undefined
    // A key that was read lately costs no promise, and the clock is read once.
    const now = performance.now()
    try {
      const principal = authenticator.identify(request, request.credential ?? NO_CREDENTIAL, now)
      if (principal instanceof Promise) return void settle(principal, accept, done)
      refusal = accept(principal, now)
    } catch (error) {
      refusal = error as Error
    }
    done(refusal)
  })
}

const NO_CREDENTIAL: Credential = { kind: 'none' }

/** Unknown paths are public: their answer says nothing. */
function isPublic(request: FastifyRequest): boolean {
  return request.is404 || request.routeOptions.config.permission === null
}

function checkRoute({ method, url, config }: RouteOptions): void {
  if (config?.permission === undefined) throw new Error(`The route ${String(method)} ${url} states no permission.`)
}

async function settle(
  principal: Promise<Principal>,
  accept: (principal: Principal, at: number) => Error | undefined,
  done: (refusal?: Error) => void,
): Promise<void> {
  const refusal = await principal.then(
    (found) => accept(found, performance.now()),
    (error: unknown) => error as Error,
  )
  done(refusal)
}
