import type { BrowserSession } from '@sluice/client'
import { may } from '../../data/session.ts'
import { PageLink } from '../../parts/page-link.tsx'

/** Names of API keys, by their ids. */
export type KeyNames = ReadonlyMap<string, string>

/** Whose session it is, as text: a person, or the name of an API key for those who may read it. */
export function ownerText({ name, subject, keyId }: BrowserSession, keyNames: KeyNames): string {
  return name ?? subject ?? keyNames.get(keyId ?? '') ?? `API key ${keyId}`
}

/** How the person has signed in. */
export function signInText({ kind }: BrowserSession): string {
  return kind === 'oidc' ? 'organisation' : 'API key'
}

/** The id by which the owner is known elsewhere: of an API key, with a link for those who may see it. */
export function SessionOwner({ session: { keyId, subject } }: { session: BrowserSession }) {
  if (keyId === null) return <bdi>{subject}</bdi>
  return (
    <PageLink href={may('keys:read') ? `keys?key=${keyId}` : undefined}>
      <code class="mono">{keyId}</code>
    </PageLink>
  )
}
