import type { ListSessionsQuery } from '@sluice/contracts'
import { personIdOf } from '@sluice/engine'
import type { Principal } from '../http/principal.ts'

/** The owners whose sessions a list contains: all, one API key or person, or none. */
export type Owners = 'all' | 'none' | { id: string }

/**
 * Whose sessions a client asks for, and may see: without the permission to read API keys, its own.
 *
 * @param issuer where people sign in. Undefined: nowhere.
 */
export function ownersOf(
  { quotaId, permissions }: Pick<Principal, 'quotaId' | 'permissions'>,
  { keyId, subject }: Pick<ListSessionsQuery, 'keyId' | 'subject'>,
  issuer: URL | undefined,
): Owners {
  const asked = [keyId, subject && issuer && personIdOf({ issuer: issuer.href, subject })]
  // No session is of a key and of a person, and none of a person without an issuer.
  if (subject !== undefined && (keyId !== undefined || issuer === undefined)) return 'none'
  const id = asked.find((one) => one !== undefined)
  if (permissions.has('keys:read')) return id === undefined ? 'all' : { id }
  return quotaId === null || (id !== undefined && id !== quotaId) ? 'none' : { id: quotaId }
}
