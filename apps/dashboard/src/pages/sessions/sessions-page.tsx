import type { BrowserSession } from '@sluice/client'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { Badge } from '../../parts/badge.tsx'
import { FilterInput } from '../../parts/filter.tsx'
import { List } from '../../parts/list.tsx'
import { Empty } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Pager } from '../../parts/pager.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago, Until } from '../../parts/time.tsx'
import { query, setQuery } from '../../routing/location.ts'
import { SessionDrawer } from './session-drawer.tsx'
import { ownerText, signInText } from './session-owner.tsx'

const COLUMNS: readonly Column<BrowserSession>[] = [
  { title: 'Session', isWide: true, value: (session) => <bdi>{ownerText(session)}</bdi> },
  { title: 'Browser', value: ({ current }) => current && <Badge tone="running">this one</Badge> },
  { title: 'Signed in by', isMinor: true, value: signInText },
  { title: 'Began', isNumber: true, value: ({ createdAt }) => <Ago at={createdAt} /> },
  { title: 'Ends unless used', isNumber: true, value: ({ expiresAt }) => <Until at={expiresAt} /> },
  { title: 'Ends in any case', isNumber: true, isMinor: true, value: ({ endsAt }) => <Until at={endsAt} /> },
]

/** The sessions of browsers: all of them for those who may read API keys, and for others their own. */
export function SessionsPage() {
  useTitle('Sessions')
  const one = (name: string) => query.value.get(name) ?? undefined
  const filters = { keyId: one('keyId'), subject: one('subject'), cursor: one('cursor') }
  const { data, error, refresh } = useQuery(`sessions ${JSON.stringify(filters)}`, (signal) =>
    sluice.sessions.list({ ...filters, pageSize: 50 }, { signal, maxRetries: 0 }),
  )
  const opened = data?.rows.find(({ id }) => id === query.value.get('session'))
  return (
    <>
      <PageHead title="Sessions" />
      {may('keys:read') && (
        <div class="filters" role="search">
          <FilterInput name="keyId" label="Id of an API key" />
          <FilterInput name="subject" label="Person" />
        </div>
      )}
      <List
        label="Sessions"
        rows={data?.rows}
        error={error}
        columns={COLUMNS}
        idOf={({ id }) => id}
        linkOf={linkOf}
        empty={
          <Empty title="No sessions">
            <p>A session begins when a person signs in on this page. Programs with an API key have none.</p>
          </Empty>
        }
      />
      <Pager nextCursor={data?.nextCursor ?? null} />
      {opened && <SessionDrawer session={opened} onEnded={refresh} onClose={() => setQuery({ session: undefined })} />}
    </>
  )
}

function linkOf({ id }: BrowserSession): string {
  const next = new URLSearchParams(query.value)
  next.set('session', id)
  return `sessions?${next.toString()}`
}
