import type { Permission, Role } from '@sluice/contracts'
import { DEFAULT_TENANT, type Reach } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'

/** Who makes a request, what they may do, and what they reach. */
export interface Principal extends Reach {
  /**
   * `key`: a client with an API key. `session`: a browser that has signed in with one. `oidc`: a browser whose person
   * has signed in at an issuer. `anonymous`: a client without, if the settings allow it.
   */
  kind: 'key' | 'session' | 'oidc' | 'anonymous'
  /** The id of the API key. Null: none. */
  keyId: string | null
  /** The id of the session. Null: the request has none. */
  sessionId: string | null
  /** The name of the API key or person. Null if anonymous. */
  name: string | null
  /** What the issuer calls the person. Null: no person. */
  subject: string | null
  /**
   * The id of the API key or the person, by which requests are counted, and with which the ids of its sessions begin. Null:
   * neither, and requests have no quota.
   */
  quotaId: string | null
  role: Role
  permissions: ReadonlySet<Permission>
  /** The tenant that the API key or person belongs to. Null: none, so that it reaches all tenants. */
  tenant: string | null
  /** The queues that the API key or person is narrowed to. Null: all. */
  queues: readonly string[] | null
  /** Null: never. */
  expiresAt: Date | null
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a client of the route must be permitted. Null: anyone may call it. A route without one is not served. */
    permission?: Permission | null
  }

  interface FastifyRequest {
    /** Undefined on public routes. */
    principal: Principal | undefined
  }
}

/** Returns who makes a request of a route that is not public. */
export function principalOf(request: Pick<FastifyRequest, 'principal'>): Principal {
  if (request.principal === undefined) throw new Error('The route is public, so its clients are not known.')
  return request.principal
}

/** The tenant of what a request creates, and in which it finds codes and idempotency keys. */
export function tenantOf(request: Pick<FastifyRequest, 'principal'>): string {
  return principalOf(request).tenant ?? DEFAULT_TENANT
}
