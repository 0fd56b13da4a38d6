import type { ApiKey, NewApiKey } from '@sluice/client'
import { useState } from 'preact/hooks'
import { identity, may, sluice } from '../../data/session.ts'
import { withReason } from '../../data/with-reason.ts'
import type { ActionRequest } from '../../parts/dialog.tsx'
import { ActionButton, DialogButton } from '../../parts/dialog-button.tsx'
import { Drawer } from '../../parts/drawer.tsx'
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
    <Drawer
      title={apiKey.name}
      state={
        <>
          <KeyBadge apiKey={apiKey} />
          {isOwn(apiKey) && <span class="small soft">You use this key now.</span>}
        </>
      }
      id={id}
      facts={[
        ['Role', role],
        ['Tenant', apiKey.tenant ?? 'none: it reaches all tenants'],
        ['Queues', queuesOf(apiKey)],
        ['Last used', <Ago at={lastUsedAt} />],
        ['Expires', expiresAt === null ? 'never' : <Until at={expiresAt} />],
        ['Created', <Ago at={createdAt} />],
        ['Created by', createdBy],
        ['Replaced by', replacedBy ?? undefined],
        ['Sessions', <a href={`sessions?keyId=${id}`}>Those of this key</a>],
        ['What it did', may('audit:read') ? <a href={`audit?keyId=${id}`}>Audit log</a> : undefined],
      ]}
      actions={may('keys:write') && <Actions {...props} />}
      onClose={onClose}
    />
  )
}

function isOwn({ id }: ApiKey): boolean {
  const { value } = identity
  return value.kind === 'signed_in' && value.session.keyId === id
}

function Actions(props: DrawerProps) {
  return (
    <>
      <DialogButton title="Change" dialog={(close) => <ChangeDialog {...props} onClose={close} />} />
      {!isExpired(props.apiKey) && (
        <DialogButton title="Replace" dialog={(close) => <RerollDialog {...props} onClose={close} />} />
      )}
      <ActionButton title="Revoke" request={() => revokeRequest(props)} />
    </>
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
      initial={{ graceMs: '1d' }}
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
