import type { ApiKey, NewApiKey } from '@sluice/client'
import { useState } from 'preact/hooks'
import { identity, may, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import { Copy } from '../../parts/copy.tsx'
import { ActionDialog, type ActionRequest, Dialog } from '../../parts/dialog.tsx'
import { Facts } from '../../parts/facts.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { changeOf, readDraft } from '../../parts/settings/draft.ts'
import { Ago, Until } from '../../parts/time.tsx'
import { say } from '../../parts/toasts.tsx'
import { GRACE, KEY_SETTINGS } from './key-settings.ts'
import { isExpired, KeyBadge, queuesOf } from './key-state.tsx'

interface DrawerProps {
  apiKey: ApiKey
  /** Shows the key that replaces this one. */
  onRerolled: (key: NewApiKey) => void
  onChanged: () => void
  onClose: () => void
}

/** All about an API key but its secret, and what can be done with it. */
export function KeyDrawer(props: DrawerProps) {
  const { apiKey, onClose } = props
  const { id, role, createdAt, createdBy, expiresAt, lastUsedAt, replacedBy } = apiKey
  return (
    <Dialog title={<bdi>{apiKey.name}</bdi>} isDrawer onClose={onClose}>
      <div class="row">
        <KeyBadge apiKey={apiKey} />
        {isOwn(apiKey) && <span class="small soft">You use this key now.</span>}
      </div>
      <Facts
        facts={[
          [
            'Id',
            <span class="row">
              <code class="mono">{id}</code> <Copy text={id} label="Copy the id" />
            </span>,
          ],
          ['Role', role],
          ['Tenant', apiKey.tenant ?? 'none: it reaches all tenants'],
          ['Queues', queuesOf(apiKey)],
          ['Last used', <Ago at={lastUsedAt} />],
          ['Expires', expiresAt === null ? 'never' : <Until at={expiresAt} />],
          ['Created', <Ago at={createdAt} />],
          ['Created by', createdBy],
          ['Replaced by', replacedBy ?? undefined],
          ['Sessions', <a href={`sessions?keyId=${id}`}>Those of this key</a>],
          may('audit:read') ? ['What it did', <a href={`audit?keyId=${id}`}>Audit log</a>] : ['', undefined],
        ]}
      />
      {may('keys:write') && <Actions {...props} />}
      <footer>
        <button type="button" class="button" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}

function isOwn({ id }: ApiKey): boolean {
  const { value } = identity
  return value.kind === 'signed_in' && value.session.keyId === id
}

function Actions(props: DrawerProps) {
  const { apiKey } = props
  const [open, setOpen] = useState<'change' | 'reroll' | 'revoke'>()
  const close = () => setOpen(undefined)
  return (
    <div class="row">
      <button type="button" class="button" onClick={() => setOpen('change')}>
        Change
      </button>
      {!isExpired(apiKey) && (
        <button type="button" class="button" onClick={() => setOpen('reroll')}>
          Replace
        </button>
      )}
      <button type="button" class="button" onClick={() => setOpen('revoke')}>
        Revoke
      </button>
      {open === 'change' && <ChangeDialog {...props} onClose={close} />}
      {open === 'reroll' && <RerollDialog {...props} onClose={close} />}
      {open === 'revoke' && <ActionDialog request={revokeRequest(props)} onClose={close} />}
    </div>
  )
}

function ChangeDialog({ apiKey, onChanged, onClose }: DrawerProps) {
  // What the key was when the dialog opened: only what the person changes is sent.
  const [before] = useState(() => readDraft(KEY_SETTINGS, apiKey))
  return (
    <FormDialog
      title={`Change ${apiKey.name}`}
      verb="Change"
      settings={KEY_SETTINGS}
      initial={before}
      onClose={onClose}
      run={async (body) => {
        const change = changeOf(KEY_SETTINGS, before, readDraft(KEY_SETTINGS, body))
        if (Object.keys(change).length > 0) await sluice.keys.update(apiKey.id, change)
        say('Changed. Every process applies it within 5 seconds.')
        onChanged()
      }}
    />
  )
}

function RerollDialog({ apiKey, onRerolled, onClose }: DrawerProps) {
  return (
    <FormDialog
      title={`Replace ${apiKey.name}`}
      verb="Replace"
      settings={[GRACE]}
      initial={{ graceMs: '1 d' }}
      onClose={onClose}
      run={async ({ graceMs }) => onRerolled(await sluice.keys.reroll(apiKey.id, { graceMs: Number(graceMs) }))}
    >
      <p>
        A new key with the same name, role and queues takes its place. Clients change to it while the old one works.
      </p>
    </FormDialog>
  )
}

function revokeRequest({ apiKey, onChanged, onClose }: DrawerProps): ActionRequest {
  const { id, name } = apiKey
  return {
    title: `Revoke ${name}?`,
    verb: 'Revoke',
    explanation: isOwn(apiKey)
      ? 'This is the key that you use now: you will be signed out. Clients with it are refused within 5 seconds.'
      : 'Clients with it are refused within 5 seconds. It cannot be restored.',
    touches: 0,
    name,
    isFinal: true,
    run: async (reason) => {
      await sluice.keys.delete(id, withReason(reason))
      say(`${name} is revoked.`)
      onClose()
      onChanged()
    },
  }
}
