import type { BrowserSessionView } from '@sluice/contracts'
import type { Session } from '@sluice/engine'
import type { Principal } from '../http/principal.ts'

/** The session of a browser as the API answers it. */
export function browserSessionView(session: Session, { sessionId }: Principal): BrowserSessionView {
  const { id, createdAt, expiresAt, endsAt } = session
  return {
    id,
    ...ownerView(session),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    endsAt: endsAt.toISOString(),
    current: id === sessionId,
  }
}

function ownerView({ owner }: Session): Pick<BrowserSessionView, 'kind' | 'keyId' | 'subject' | 'name'> {
  if (owner.kind === 'key') return { kind: 'session', keyId: owner.keyId, subject: null, name: null }
  return { kind: 'oidc', keyId: null, subject: owner.subject, name: owner.name }
}
