import type { BrowserSession } from '@sluice/client'
import { findIdentity, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import type { ActionRequest } from '../../parts/dialog.tsx'
import { ActionButton } from '../../parts/dialog-button.tsx'
import { Drawer } from '../../parts/drawer.tsx'
import { Ago, Until } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { type KeyNames, ownerText, SessionOwner, signInText } from './session-owner.tsx'

interface DrawerProps {
  session: BrowserSession
  keyNames: KeyNames
  onEnded: () => void
  onClose: () => void
}

/** All about a session, and the button that ends it. */
export function SessionDrawer(props: DrawerProps) {
  const { session, keyNames, onClose } = props
  const { id, kind, createdAt, expiresAt, endsAt, current } = session
  return (
    <Drawer
      title={ownerText(session, keyNames)}
      state={current && <span class="small soft">You use this session now.</span>}
      id={id}
      facts={[
        ['Signed in by', signInText(session)],
        [kind === 'oidc' ? 'Id of the person' : 'Id of the API key', <SessionOwner session={session} />],
        ['Began', <Ago at={createdAt} />],
        ['Ends unless used', <Until at={expiresAt} />],
        ['Ends in any case', <Until at={endsAt} />],
      ]}
      actions={<ActionButton title="End session" request={() => endRequest(props)} />}
      onClose={onClose}
    />
  )
}

function endRequest({ session, keyNames, onEnded, onClose }: DrawerProps): ActionRequest {
  const { id, current } = session
  return {
    title: `End the session of ${ownerText(session, keyNames)}?`,
    verb: 'End session',
    explanation: current
      ? 'This is the session that you use now: you will be signed out.'
      : 'Its browser is refused within 5 seconds, and must sign in again. An API key stays as it is.',
    touches: 0,
    name: id,
    isDangerous: true,
    run: async (reason) => {
      await sluice.sessions.end(id, withReason(reason))
      onClose()
      if (current) return await findIdentity()
      say('The session has ended.')
      onEnded()
    },
  }
}
