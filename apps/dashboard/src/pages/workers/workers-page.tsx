import type { Worker } from '@sluice/client'
import { useTopic } from '../../data/fleet.ts'
import { sluice } from '../../data/session.ts'
import { count, countOf } from '../../format/numbers.ts'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { queuesText, ticketsOf, WorkerDrawer, workerName } from './worker-drawer.tsx'

const COLUMNS: readonly Column<Worker>[] = [
  { title: 'Worker', isWide: true, value: workerName },
  { title: 'Version', isMinor: true, value: ({ version }) => version },
  {
    title: 'Queues',
    value: (worker) => (worker.queues === null ? 'all queues' : <span class="clip cut">{queuesText(worker)}</span>),
  },
  { title: 'Types', isMinor: true, value: ({ types }) => <span class="clip cut">{types.join(', ')}</span> },
  { title: 'Running', isNumber: true, value: ({ running }) => (running === null ? '–' : count(running)) },
  { title: 'Slots in use', isNumber: true, value: (worker) => count(ticketsOf(worker)) },
  { title: 'Slots per queue', isNumber: true, isMinor: true, value: ({ concurrency }) => count(concurrency) },
  { title: 'Started', isNumber: true, isMinor: true, value: ({ startedAt }) => <Ago at={startedAt} /> },
  { title: 'Last beat', isNumber: true, value: ({ lastBeatAt }) => <Ago at={lastBeatAt} /> },
]

/** The workers that are alive. */
export function WorkersPage() {
  const { data: workers, error } = useTopic(
    'workers',
    async (signal) => (await sluice.workers.list({ signal, maxRetries: 0 })).workers,
  )
  return (
    <ListPage
      title="Workers"
      note={<VersionsNote workers={workers ?? []} />}
      data={workers && { rows: workers }}
      error={error}
      columns={COLUMNS}
      idOf={({ id }) => id}
      drawer={{ name: 'worker', show: (worker, close) => <WorkerDrawer worker={worker} onClose={close} /> }}
      empty={<NoWorkers />}
    />
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
