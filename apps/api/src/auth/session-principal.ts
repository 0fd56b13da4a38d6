import { roles } from '@sluice/contracts'
import { EVERYTHING, OWNER_LENGTH, type Session, type SessionOwner } from '@sluice/engine'
import type { Principal } from '../http/principal.ts'

/** Who uses a session: the client of its API key, with what the key permits now. */
export function sessionPrincipal({ id, expiresAt }: Session, key: Principal): Principal {
  const isKeyFirst = key.expiresAt !== null && key.expiresAt < expiresAt
  return { ...key, kind: 'session', sessionId: id, expiresAt: isKeyFirst ? key.expiresAt : expiresAt }
}

/** Who uses a session that an issuer has begun: a person, with the role that the person had then. */
export function oidcPrincipal(
  { id, expiresAt }: Session,
  { subject, name, role }: Extract<SessionOwner, { kind: 'oidc' }>,
): Principal {
  return {
    kind: 'oidc',
    keyId: null,
    sessionId: id,
    name,
    subject,
    quotaId: id.slice(0, OWNER_LENGTH),
    role,
    permissions: new Set(roles[role]),
    ...EVERYTHING,
    expiresAt,
  }
}
