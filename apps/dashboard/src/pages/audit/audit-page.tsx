import type { AuditEntry } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useHeldRows } from '../../data/use-held-rows.ts'
import { useQuery } from '../../data/use-query.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { FilterInput, FilterSelect } from '../../parts/filter.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { NewRows } from '../../parts/new-rows.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { apiRoot, query } from '../../routing/location.ts'
import { actorText, EntryDrawer } from './entry-drawer.tsx'
import { TimeFilter } from './time-filter.tsx'

const RESULTS = ['done', 'refused', 'failed'] as const satisfies AuditEntry['result'][]
const TONES = { done: 'completed', refused: 'interrupted', failed: 'failed' } as const satisfies Record<string, Tone>

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'What', isWide: true, value: ({ operation, object }) => <What operation={operation} object={object} /> },
  { title: 'Who', value: (entry) => <span class="clip cut">{actorText(entry)}</span> },
  {
    title: 'Result',
    value: ({ result, status }) => (
      <Badge tone={TONES[result]}>
        {result} {status}
      </Badge>
    ),
  },
  { title: 'Reason', isMinor: true, value: ({ reason }) => <span class="clip cut">{reason ?? '–'}</span> },
  { title: 'When', value: ({ at }) => <Ago at={at} /> },
]

/** Who changed what, and which requests were refused, newest first. */
export function AuditPage() {
  const filters = readFilters()
  const key = JSON.stringify(filters)
  const { data, error } = useQuery(`audit ${key}`, (signal) =>
    sluice.audit.list({ ...filters, pageSize: 50 }, { signal, maxRetries: 0 }),
  )
  const held = useHeldRows(key, data?.rows ?? [], ({ id }) => id)
  return (
    <ListPage
      title="Audit log"
      actions={<Download filters={filters} />}
      filters={
        <>
          <FilterSelect name="result" label="Result" options={RESULTS} />
          <FilterInput name="operation" label="Operation" />
          <FilterInput name="object" label="Object" />
          <FilterInput name="keyId" label="API key" />
          <FilterInput name="tenant" label="Tenant" />
          <div class="row">
            <TimeFilter name="from" label="From" />
            <TimeFilter name="to" label="To" />
          </div>
          <NewRows held={held} />
        </>
      }
      data={data && { rows: held.rows, nextCursor: data.nextCursor }}
      error={error}
      columns={COLUMNS}
      idOf={({ id }) => id}
      drawer={{ name: 'entry', show: (entry, close) => <EntryDrawer entry={entry} onClose={close} /> }}
      empty={<NoEntries hasMore={data?.nextCursor != null} />}
    />
  )
}

function readFilters() {
  const one = (name: string) => query.value.get(name) ?? undefined
  return {
    result: one('result') as AuditEntry['result'] | undefined,
    operation: one('operation'),
    object: one('object'),
    keyId: one('keyId'),
    tenant: one('tenant'),
    from: one('from'),
    to: one('to'),
    cursor: one('cursor'),
  }
}

/** All entries that the filters let through, oldest first, one JSON object per line. */
function Download({ filters }: { filters: ReturnType<typeof readFilters> }) {
  const chosen = Object.entries({ ...filters, cursor: undefined }).filter(
    (filter): filter is [string, string] => filter[1] !== undefined,
  )
  return (
    <a class="button" href={`${apiRoot}/v1/audit/entries?${new URLSearchParams(chosen)}`} download="audit.ndjson">
      <Icon name="download" /> Download
    </a>
  )
}

function What({ operation, object }: { operation: string; object: string | null }) {
  return (
    <>
      {operation} {object !== null && <span class="soft">{object}</span>}
    </>
  )
}

function NoEntries({ hasMore }: { hasMore: boolean }) {
  return (
    <Empty title={hasMore ? 'No entry among those examined' : 'No entry matches'}>
      <p>
        {hasMore
          ? 'A page examines 10,000 entries. Go on to the next page.'
          : 'The log has what was changed and what was refused. Reading is not in it.'}
      </p>
    </Empty>
  )
}
