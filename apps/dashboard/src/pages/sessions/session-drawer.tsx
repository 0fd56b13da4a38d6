import type { BrowserSession } from '@sluice/client'
import { useState } from 'preact/hooks'
import { findIdentity, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import { Copy } from '../../parts/copy.tsx'
import { ActionDialog, type ActionRequest, Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Ago, Until } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { ownerText, SessionOwner, signInText } from './session-owner.tsx'

interface DrawerProps {
  session: BrowserSession
  onEnded: () => void
  onClose: () => void
}

/** All about a session, and the button that ends it. */
export function SessionDrawer(props: DrawerProps) {
  const { session, onClose } = props
  const { id, kind, createdAt, expiresAt, endsAt, current } = session
  const [isAsking, setAsking] = useState(false)
  return (
    <Dialog title={<bdi>{ownerText(session)}</bdi>} isDrawer onClose={onClose}>
      {current && <p class="small soft">You use this session now.</p>}
      <Facts
        facts={[
          [
            'Id',
            <span class="row">
              <code class="mono">{id}</code> <Copy text={id} label="Copy the id" />
            </span>,
          ],
          ['Signed in by', signInText(session)],
          [kind === 'oidc' ? 'Person' : 'API key', <SessionOwner session={session} />],
          ['Began', <Ago at={createdAt} />],
          ['Ends unless used', <Until at={expiresAt} />],
          ['Ends in any case', <Until at={endsAt} />],
        ]}
      />
      <div class="row">
        <button type="button" class="button" onClick={() => setAsking(true)}>
          End session
        </button>
        {isAsking && <ActionDialog request={endRequest(props)} onClose={() => setAsking(false)} />}
      </div>
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}

function endRequest({ session, onEnded, onClose }: DrawerProps): ActionRequest {
  const { id, current } = session
  return {
    title: `End the session of ${ownerText(session)}?`,
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
