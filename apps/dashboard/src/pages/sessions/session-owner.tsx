import type { BrowserSession } from '@sluice/client'
import { may } from '../../data/session.ts'

/** Whose session it is, as text. */
export function ownerText({ name, subject, keyId }: BrowserSession): string {
  return name ?? subject ?? `API key ${keyId}`
}

/** How the person has signed in. */
export function signInText({ kind }: BrowserSession): string {
  return kind === 'oidc' ? 'organisation' : 'API key'
}

/** Whose session it is, with a link to the API key for those who may see it. */
export function SessionOwner({ session }: { session: BrowserSession }) {
  const { keyId, subject } = session
  if (keyId === null) return <bdi>{subject}</bdi>
  return may('keys:read') ? <a href={`keys?key=${keyId}`}>{keyId}</a> : <>{keyId}</>
}
