import type { BrowserSession } from '@sluice/client'
import { may, sluice } from '../../data/session.ts'
import { useKeyNames } from '../../data/use-key-names.ts'
import { useQuery } from '../../data/use-query.ts'
import { Badge } from '../../parts/badge.tsx'
import { FilterInput } from '../../parts/filter.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago, Until } from '../../parts/time.tsx'
import { query } from '../../routing/location.ts'
import { SessionDrawer } from './session-drawer.tsx'
import { type KeyNames, ownerText, SessionOwner, signInText } from './session-owner.tsx'

const columnsOf = (keyNames: KeyNames): readonly Column<BrowserSession>[] => [
  { title: 'Session', isWide: true, value: (session) => <bdi>{ownerText(session, keyNames)}</bdi> },
  { title: 'Browser', value: ({ current }) => current && <Badge tone="running">this one</Badge> },
  { title: 'Signed in by', isMinor: true, value: signInText },
  { title: 'Id of the owner', isMinor: true, value: (session) => <SessionOwner session={session} /> },
  { title: 'Began', isNumber: true, value: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Ends unless used', isNumber: true, value: ({ expiresAt }) => <Until at={expiresAt} /> },
  { title: 'Ends in any case', isNumber: true, isMinor: true, value: ({ endsAt }) => <Until at={endsAt} /> },
]

/** The sessions of browsers: all of them for those who may read API keys, and for others their own. */
export function SessionsPage() {
  const one = (name: string) => query.value.get(name) ?? undefined
  const filters = { keyId: one('keyId'), subject: one('subject'), cursor: one('cursor') }
  const { data, error, refresh } = useQuery(`sessions ${JSON.stringify(filters)}`, (signal) =>
    sluice.sessions.list({ ...filters, pageSize: 50 }, { signal, maxRetries: 0 }),
  )
  const keyNames = useKeyNames(data?.rows.flatMap(({ keyId }) => keyId ?? []) ?? [])
  return (
    <ListPage
      title="Sessions"
      filters={
        may('keys:read') && (
          <>
            <FilterInput name="keyId" label="Id of an API key" />
            <FilterInput name="subject" label="Person" />
          </>
        )
      }
      data={data}
      error={error}
      columns={columnsOf(keyNames)}
      idOf={({ id }) => id}
      drawer={{
        name: 'session',
        show: (session, close) => (
          <SessionDrawer session={session} keyNames={keyNames} onEnded={refresh} onClose={close} />
        ),
      }}
      empty={
        <Empty title="No sessions">
          <p>A session begins when a person signs in on this page. Programs with an API key have none.</p>
        </Empty>
      }
    />
  )
}
