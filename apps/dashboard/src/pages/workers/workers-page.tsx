import type { Worker } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count, countOf } from '../../format/numbers.ts'
import { Card } from '../../parts/card.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { navigate, query } from '../../routing/location.ts'
import { queuesText, ticketsOf, WorkerDrawer, workerName } from './worker-drawer.tsx'

const COLUMNS: readonly Column<Worker>[] = [
  { title: 'Worker', isWide: true, value: workerName },
  { title: 'Version', isMinor: true, value: ({ version }) => version },
  { title: 'Queues', value: (worker) => <span class="clip cut">{queuesText(worker)}</span> },
  { title: 'Types', isMinor: true, value: ({ types }) => <span class="clip cut">{types.join(', ')}</span> },
  { title: 'Running', isNumber: true, value: ({ running }) => (running === null ? '–' : count(running)) },
  { title: 'Slots in use', isNumber: true, value: (worker) => count(ticketsOf(worker)) },
  { title: 'Slots per queue', isNumber: true, isMinor: true, value: ({ concurrency }) => count(concurrency) },
  { title: 'Started', isNumber: true, isMinor: true, value: ({ startedAt }) => <Ago at={startedAt} /> },
  { title: 'Last beat', isNumber: true, value: ({ lastBeatAt }) => <Ago at={lastBeatAt} /> },
]

/** The workers that are alive. */
export function WorkersPage() {
  useTitle('Workers')
  const { data, error } = useQuery('workers', (signal) => sluice.workers.list({ signal, maxRetries: 0 }))
  const workers = data?.workers
  const opened = workers?.find(({ id }) => id === query.value.get('worker'))
  return (
    <>
      <PageHead title="Workers" />
      {error !== undefined && <Problem error={error} />}
      <VersionsNote workers={workers ?? []} />
      <Card isFlush>
        {workers === undefined ? (
          error === undefined && (
            <div class="card-body">
              <Skeleton lines={4} />
            </div>
          )
        ) : workers.length === 0 ? (
          <NoWorkers />
        ) : (
          <Table
            label="Workers"
            rows={workers}
            columns={COLUMNS}
            idOf={({ id }) => id}
            linkOf={({ id }) => `workers?worker=${id}`}
          />
        )}
      </Card>
      {opened && <WorkerDrawer worker={opened} onClose={() => navigate('workers')} />}
    </>
  )
}

function VersionsNote({ workers }: { workers: readonly Worker[] }) {
  const versions = [...new Set(workers.map(({ version }) => version))].toSorted()
  if (versions.length < 2) return null
  return (
    <div class="problem" data-tone="interrupted">
      <strong>The workers run {countOf(versions.length, 'version')}</strong>
      <span>{versions.join(', ')}. This is normal while you upgrade.</span>
    </div>
  )
}

function NoWorkers() {
  return (
    <Empty title="No worker is alive">
      <p>
        Batches wait until one is. Start one with <code>docker compose up -d worker</code>, or with{' '}
        <code>node apps/worker/dist/main.js</code> and the same <code>SLUICE_REDIS_URL</code> as the API. It appears
        here within seconds.
      </p>
    </Empty>
  )
}
