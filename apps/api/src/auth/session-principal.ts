import type { Session } from '@sluice/engine'
import type { Principal } from '../http/principal.ts'

/** Who uses a session: the client of its API key, with what the key permits now. */
export function sessionPrincipal({ id, expiresAt }: Session, key: Principal): Principal {
  const isKeyFirst = key.expiresAt !== null && key.expiresAt < expiresAt
  return { ...key, kind: 'session', sessionId: id, expiresAt: isKeyFirst ? key.expiresAt : expiresAt }
}
