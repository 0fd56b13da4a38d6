import type { ApiKey, BodyOf, NewApiKey } from '@sluice/client'
import { useState } from 'preact/hooks'
import { clock } from '../../data/clock.ts'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { NewButton } from '../../parts/dialog-button.tsx'
import { FormDialog } from '../../parts/form-dialog.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago, Until } from '../../parts/time.tsx'
import { query, setQuery } from '../../routing/location.ts'
import { KeyDrawer } from './key-drawer.tsx'
import { EXPIRES_IN, KEY_SETTINGS, TENANT } from './key-settings.ts'
import { KeyBadge, queuesOf } from './key-state.tsx'
import { NewKeyDialog } from './new-key-dialog.tsx'

const COLUMNS: readonly Column<ApiKey>[] = [
  { title: 'API key', isWide: true, value: ({ name }) => <bdi>{name}</bdi> },
  { title: 'Role', value: ({ role }) => role },
  { title: 'State', value: (key) => <KeyBadge apiKey={key} /> },
  { title: 'Queues', isMinor: true, value: (key) => <span class="clip cut">{queuesOf(key)}</span> },
  { title: 'Tenant', isMinor: true, value: ({ tenant }) => tenant ?? <span class="faint">none</span> },
  { title: 'Last used', isNumber: true, value: ({ lastUsedAt }) => <Ago at={lastUsedAt} /> },
  {
    title: 'Expires',
    isNumber: true,
    isMinor: true,
    value: ({ expiresAt }) => (expiresAt === null ? 'never' : <Until at={expiresAt} />),
  },
  { title: 'Created', isNumber: true, isMinor: true, value: ({ createdAt }) => <Ago at={createdAt} /> },
]

/** All API keys, newest first. */
export function KeysPage() {
  const cursor = query.value.get('cursor') ?? undefined
  const { data, error, refresh } = useQuery(`keys ${cursor}`, (signal) =>
    sluice.keys.list({ cursor, pageSize: 50 }, { signal, maxRetries: 0 }),
  )
  const [created, setCreated] = useState<NewApiKey>()
  const show = (key: NewApiKey) => {
    setQuery({ key: undefined })
    setCreated(key)
    refresh()
  }
  return (
    <ListPage
      title="API keys"
      actions={
        <NewButton
          title="New API key"
          permission="keys:write"
          dialog={(onClose) => <CreateKeyDialog onCreated={show} onClose={onClose} />}
        />
      }
      data={data}
      error={error}
      columns={COLUMNS}
      idOf={({ id }) => id}
      drawer={{
        name: 'key',
        show: (key, close) => <KeyDrawer apiKey={key} onRerolled={show} onChanged={refresh} onClose={close} />,
      }}
      empty={
        <Empty title="No API keys yet">
          <p>
            Create one for each program and each person, with the role that it needs. Each can then be revoked alone.
          </p>
        </Empty>
      }
    >
      {created && <NewKeyDialog created={created} onClose={() => setCreated(undefined)} />}
    </ListPage>
  )
}

function CreateKeyDialog({ onCreated, onClose }: { onCreated: (key: NewApiKey) => void; onClose: () => void }) {
  return (
    <FormDialog
      title="New API key"
      verb="Create"
      settings={[...KEY_SETTINGS, TENANT, EXPIRES_IN]}
      initial={{ role: 'viewer' }}
      onClose={onClose}
      run={async ({ expiresIn, ...key }) => {
        const expiresAt = expiresIn === undefined ? null : new Date(clock() + Number(expiresIn)).toISOString()
        onCreated(await sluice.keys.create({ ...key, expiresAt } as BodyOf<'createApiKey'>))
      }}
    />
  )
}
