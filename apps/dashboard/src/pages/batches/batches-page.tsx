import type { Batch, BatchOutcome, BatchState, Page } from '@sluice/client'
import { useEffect } from 'preact/hooks'
import { useBatchesById } from '../../data/fleet.ts'
import { sluice } from '../../data/session.ts'
import { type HeldRows, useHeldRows } from '../../data/use-held-rows.ts'
import { useQuery } from '../../data/use-query.ts'
import { count, rate } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import { BatchBadge } from '../../parts/badge.tsx'
import { FilterInput, FilterSelect } from '../../parts/filter.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { NewRows } from '../../parts/new-rows.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { BatchProgress } from '../../parts/task-progress.tsx'
import { Ago } from '../../parts/time.tsx'
import { query } from '../../routing/location.ts'
import { mayActInBulk } from './bulk-actions.ts'
import { BulkBar } from './bulk-bar.tsx'
import { useSelectedBatches } from './selected-batches.ts'

const STATES = ['active', 'interrupted', 'completed', 'cancelled'] as const satisfies BatchState[]
const OUTCOMES = ['succeeded', 'partial', 'failed'] as const satisfies BatchOutcome[]
const PAGE_SIZE = 50

/** Pages that one look reads at most. Each examines up to 2,000 batches. */
const MOST_PAGES = 5

/** How often the list is read while the stream says which batches are new. Deletions are in no stream. */
const STREAMED_MS = 15_000

const COLUMNS: readonly Column<Batch>[] = [
  { title: 'Batch', isWide: true, value: ({ code }) => <bdi>{code}</bdi> },
  { title: 'State', value: (batch) => <BatchBadge {...batch} /> },
  { title: 'Queue', isMinor: true, value: ({ queue }) => queue },
  { title: 'Progress', value: (batch) => <BatchProgress batch={batch} /> },
  { title: 'Tasks', isNumber: true, isMinor: true, value: ({ counts }) => count(counts.total) },
  { title: 'Failed', isNumber: true, value: ({ counts }) => <Failed failed={counts.failed} /> },
  { title: 'Rate', isNumber: true, isMinor: true, value: (batch) => rateOf(batch) },
  { title: 'Left', isNumber: true, isMinor: true, value: ({ etaMs }) => (etaMs === null ? '–' : duration(etaMs)) },
  { title: 'Created', isNumber: true, isMinor: true, value: ({ createdAt }) => <Ago at={createdAt} /> },
]

/** All batches, newest first, narrowed by what the query of the page says, and what can be done with many of them. */
export function BatchesPage() {
  const { cursor, ...filter } = readFilters()
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  const { held, nextCursor, error, refresh } = useBatchRows({ ...filter, cursor })
  const selected = useSelectedBatches(held?.rows ?? [], JSON.stringify(filter))
  return (
    <ListPage
      title="Batches"
      filters={
        <>
          <FilterSelect name="state" label="State" options={STATES} />
          <FilterSelect name="outcome" label="Outcome" options={OUTCOMES} />
          <FilterInput name="codePrefix" label="Code begins with" />
          <FilterInput name="queue" label="Queue" />
          {held && <NewRows held={held} />}
        </>
      }
      data={held && { rows: held.rows, nextCursor }}
      error={error}
      columns={COLUMNS}
      idOf={({ id }) => id}
      linkOf={({ id }) => `batches/${id}`}
      {...(held && { isGone: held.isGone })}
      selection={mayActInBulk() ? selected.selection : undefined}
      empty={<NoBatches isFiltered={isFiltered || cursor !== undefined} hasMore={nextCursor !== null} />}
    >
      <BulkBar selected={selected} filter={isFiltered ? filter : undefined} onDone={refresh} />
    </ListPage>
  )
}

function readFilters() {
  const one = (name: string) => query.value.get(name) ?? undefined
  return {
    state: one('state') as BatchState | undefined,
    outcome: one('outcome') as BatchOutcome | undefined,
    codePrefix: one('codePrefix'),
    queue: one('queue'),
    cursor: one('cursor'),
  }
}

interface BatchRows {
  /** Undefined: the API has not answered yet. */
  held: HeldRows<Batch> | undefined
  nextCursor: string | null
  error: unknown
  refresh: () => void
}

/** The rows of the list. It is read again when the stream has other batches than before. */
function useBatchRows(filters: ReturnType<typeof readFilters>): BatchRows {
  const key = JSON.stringify(filters)
  const live = useBatchesById()
  const { data, error, refresh } = useQuery(
    `batches ${key}`,
    (signal) => findPage(filters, signal),
    live === undefined ? {} : { everyMs: STREAMED_MS },
  )
  const streamed = live && [...live.values()].map(({ id, state }) => `${id} ${state}`).join()
  useEffect(() => {
    if (streamed !== undefined) refresh()
  }, [streamed, refresh])

  const rows = (data?.rows ?? []).map((batch) => live?.get(batch.id) ?? batch)
  const held = useHeldRows(key, rows, ({ id }) => id)
  return { held: data && held, nextCursor: data?.nextCursor ?? null, error, refresh }
}

/** The first page that has a row: those of a filter that few batches match may have none. */
async function findPage(filters: ReturnType<typeof readFilters>, signal: AbortSignal): Promise<Page<Batch>> {
  let page = await sluice.batches.list({ ...filters, pageSize: PAGE_SIZE }, { signal, maxRetries: 0 })
  for (let n = 1; n < MOST_PAGES && page.rows.length === 0; n += 1) page = (await page.next()) ?? page
  return page
}

function Failed({ failed }: { failed: number }) {
  return failed === 0 ? <span class="faint">0</span> : <span class="failed">{count(failed)}</span>
}

function rateOf({ state, ratePerSecond }: Batch): string {
  return state === 'active' ? rate(ratePerSecond) : '–'
}

function NoBatches({ isFiltered, hasMore }: { isFiltered: boolean; hasMore: boolean }) {
  if (hasMore) {
    return (
      <Empty title="No batch among those examined">
        <p>A look examines 10,000 batches. Go on to the next page.</p>
      </Empty>
    )
  }
  if (isFiltered) {
    return (
      <Empty title="No batch matches">
        <p>
          Change the filters, or <a href="batches">show all batches</a>.
        </p>
      </Empty>
    )
  }
  return (
    <Empty title="No batches yet">
      <p>
        Submit one from a shell with <code>sluice run calls.csv</code>, or with <code>POST /v1/batches</code>. It
        appears here at once.
      </p>
    </Empty>
  )
}
