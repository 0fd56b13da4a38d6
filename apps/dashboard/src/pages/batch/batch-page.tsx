import type { Batch } from '@sluice/client'
import { useSamples } from '../../data/batch-samples.ts'
import { useBatch, useObject } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { BatchBadge } from '../../parts/badge.tsx'
import { Copy } from '../../parts/copy.tsx'
import { Problem, Skeleton } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import type { PageProps } from '../page.ts'
import { BatchButtons } from './batch-buttons.tsx'
import { BatchHead } from './batch-head.tsx'
import { ErrorsTab } from './errors-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { useLimitOf } from './limit-of-queue.ts'
import { LiveTab } from './live-tab.tsx'
import { RawTab } from './raw-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { TasksTab } from './tasks-tab.tsx'

const SLOW_MS = 5000

/** A new sample comes every ten seconds. */
const SERIES_MS = 10_000

/** One batch: what it does now, its tasks, its errors, its settings and its history. */
export function BatchPage({ params: { id = '', tab = 'live' } }: PageProps) {
  const { data: batch, error, refresh } = useBatch(id)
  const options = (signal: AbortSignal) => ({ signal, maxRetries: 0 })
  const { data: report } = useQuery(`report ${id}`, (signal) => sluice.batches.report(id, {}, options(signal)), {
    everyMs: SLOW_MS,
  })
  const { data: series } = useQuery(`series ${id}`, (signal) => sluice.batches.series(id, options(signal)), {
    everyMs: SERIES_MS,
  })
  const queue = useObject(
    'queues',
    batch?.queue,
    (name, signal) => sluice.queues.get(name, options(signal)),
    may('queues:read'),
  )
  const limit = useLimitOf(queue)
  const bounds = {
    concurrency: batch?.concurrency ?? queue?.concurrency ?? null,
    allowedPerSecond: limit.allowedPerSecond ?? null,
  }
  const samples = useSamples(batch, bounds, series)
  useTitle(batch?.code ?? 'Batch')

  if (batch === undefined) return error === undefined ? <Skeleton lines={6} /> : <Problem error={error} />
  return (
    <>
      <PageHead
        title={<bdi>{batch.code}</bdi>}
        badge={
          <>
            <BatchBadge {...batch} />
            <Copy text={batch.id} label="Copy the id of the batch" />
          </>
        }
        actions={<BatchButtons batch={batch} onDone={refresh} />}
      />
      {error !== undefined && <Problem error={error} />}
      <BatchHead batch={batch} />
      <Tabs label="Parts of the batch" tabs={tabsOf(batch, tab, report?.errors.length)} />
      {tab === 'live' && <LiveTab batch={batch} samples={samples} marks={series?.marks ?? []} limit={limit} />}
      {tab === 'tasks' && <TasksTab batch={batch} />}
      {tab === 'errors' && <ErrorsTab batch={batch} report={report} onDone={refresh} />}
      {tab === 'settings' && <SettingsTab key={batch.id} batch={batch} onDone={refresh} />}
      {tab === 'history' && <HistoryTab batch={batch} />}
      {tab === 'raw' && <RawTab batch={batch} />}
    </>
  )
}

function tabsOf({ id }: Batch, current: string, errors: number | undefined) {
  const titles = ['Live', ...(may('payloads:read') ? ['Tasks'] : []), 'Errors', 'Settings', 'History', 'Raw']
  return titles.map((title) => {
    const name = title.toLowerCase()
    return {
      title,
      href: name === 'live' ? `batches/${id}` : `batches/${id}/${name}`,
      isCurrent: name === current,
      tally: name === 'errors' ? errors : undefined,
    }
  })
}
