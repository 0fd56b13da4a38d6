import { permissionsOf } from '@sluice/contracts'
import { OWNER_LENGTH, type Session, type SessionOwner } from '@sluice/engine'
import type { Principal } from '../http/principal.ts'

/** Who uses a session: the client of its API key, with what the key permits now. */
export function sessionPrincipal({ id, expiresAt }: Session, key: Principal): Principal {
  const isKeyFirst = key.expiresAt !== null && key.expiresAt < expiresAt
  return { ...key, kind: 'session', sessionId: id, expiresAt: isKeyFirst ? key.expiresAt : expiresAt }
}

/** Who uses a session that an issuer has begun: a person, with the role and the reach that the person had then. */
export function oidcPrincipal(
  { id, expiresAt }: Session,
  { subject, name, role, tenant, queues }: Extract<SessionOwner, { kind: 'oidc' }>,
): Principal {
  return {
    kind: 'oidc',
    keyId: null,
    sessionId: id,
    name,
    subject,
    quotaId: id.slice(0, OWNER_LENGTH),
    role,
    permissions: new Set(permissionsOf(role, { isNarrowed: queues !== null, hasTenant: tenant !== null })),
    tenant,
    queues,
    expiresAt,
  }
}

/** Whether a session is of the API key or person that makes a request: its id begins with the id of its owner. */
export function isOwnSession({ quotaId }: Principal, id: string): boolean {
  return quotaId !== null && id.startsWith(quotaId)
}
