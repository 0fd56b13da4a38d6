import type { Batch, BatchOutcome, BatchState } from '@sluice/client'
import { useBatchesById } from '../../data/fleet.ts'
import { sluice } from '../../data/session.ts'
import { useHeldRows } from '../../data/use-held-rows.ts'
import { useQuery } from '../../data/use-query.ts'
import { count, percent, rate } from '../../format/numbers.ts'
import { duration } from '../../format/times.ts'
import { BatchBadge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { FilterInput, FilterSelect } from '../../parts/filter.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Pager } from '../../parts/pager.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { TaskProgress } from '../../parts/task-progress.tsx'
import { Ago } from '../../parts/time.tsx'
import { query } from '../../routing/location.ts'

const STATES = ['active', 'interrupted', 'completed', 'cancelled'] as const satisfies BatchState[]
const OUTCOMES = ['succeeded', 'partial', 'failed'] as const satisfies BatchOutcome[]
const PAGE_SIZE = 50

const COLUMNS: readonly Column<Batch>[] = [
  { title: 'Batch', isWide: true, value: ({ code }) => <bdi>{code}</bdi> },
  { title: 'State', value: (batch) => <BatchBadge {...batch} /> },
  { title: 'Queue', isMinor: true, value: ({ queue }) => queue },
  { title: 'Progress', value: (batch) => <Progress batch={batch} /> },
  { title: 'Tasks', isNumber: true, isMinor: true, value: ({ counts }) => count(counts.total) },
  { title: 'Failed', isNumber: true, value: ({ counts }) => <Failed failed={counts.failed} /> },
  { title: 'Rate', isNumber: true, isMinor: true, value: (batch) => rateOf(batch) },
  { title: 'Left', isNumber: true, isMinor: true, value: ({ etaMs }) => (etaMs === null ? '–' : duration(etaMs)) },
  { title: 'Created', isNumber: true, isMinor: true, value: ({ createdAt }) => <Ago at={createdAt} /> },
]

/** All batches, newest first, narrowed by what the query of the page says. */
export function BatchesPage() {
  useTitle('Batches')
  const filters = readFilters()
  const key = JSON.stringify(filters)
  const { data, error } = useQuery(`batches ${key}`, (signal) =>
    sluice.batches.list({ ...filters, pageSize: PAGE_SIZE }, { signal, maxRetries: 0 }),
  )
  const live = useBatchesById()
  const rows = (data?.rows ?? []).map((batch) => live?.get(batch.id) ?? batch)
  const held = useHeldRows(key, rows, ({ id }) => id)

  return (
    <>
      <PageHead title="Batches" />
      <div class="filters" role="search">
        <FilterSelect name="state" label="State" options={STATES} />
        <FilterSelect name="outcome" label="Outcome" options={OUTCOMES} />
        <FilterInput name="queue" label="Queue" />
        {held.newRows > 0 && (
          <button type="button" class="button" data-kind="primary" onClick={held.show}>
            {count(held.newRows)} new
          </button>
        )}
      </div>
      {error !== undefined && <Problem error={error} />}
      <Card isFlush>
        {data === undefined ? (
          error === undefined && (
            <div class="card-body">
              <Skeleton lines={8} />
            </div>
          )
        ) : held.rows.length === 0 ? (
          <NoBatches isFiltered={Object.values(filters).some((value) => value !== undefined)} />
        ) : (
          <Table
            label="Batches"
            rows={held.rows}
            columns={COLUMNS}
            idOf={({ id }) => id}
            linkOf={({ id }) => `batches/${id}`}
            isGone={held.isGone}
          />
        )}
      </Card>
      <Pager nextCursor={data?.nextCursor ?? null} />
    </>
  )
}

function readFilters() {
  const one = (name: string) => query.value.get(name) ?? undefined
  return {
    state: one('state') as BatchState | undefined,
    outcome: one('outcome') as BatchOutcome | undefined,
    queue: one('queue'),
    cursor: one('cursor'),
  }
}

function Progress({ batch: { counts, percent: finished } }: { batch: Batch }) {
  return (
    <div class="batch-progress">
      <TaskProgress counts={counts} />
      <span class="small">{percent(finished)}</span>
    </div>
  )
}

function Failed({ failed }: { failed: number }) {
  return failed === 0 ? <span class="faint">0</span> : <span class="failed">{count(failed)}</span>
}

function rateOf({ state, ratePerSecond }: Batch): string {
  return state === 'active' ? rate(ratePerSecond) : '–'
}

function NoBatches({ isFiltered }: { isFiltered: boolean }) {
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
