import type { Queue } from '@sluice/client'
import { useState } from 'preact/hooks'
import { may, sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count } from '../../format/numbers.ts'
import { Card } from '../../parts/card.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { PageHead, useTitle } from '../../parts/page-head.tsx'
import { Pager } from '../../parts/pager.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { query } from '../../routing/location.ts'
import { CreateQueueDialog } from './create-queue-dialog.tsx'
import { NoWorkerNote, QueueBadge, Slots } from './queue-state.tsx'

const COLUMNS: readonly Column<Queue>[] = [
  { title: 'Queue', isWide: true, value: ({ name }) => name },
  { title: 'State', value: (queue) => <QueueBadge queue={queue} /> },
  { title: 'Slots in use', value: (queue) => <Slots queue={queue} /> },
  { title: 'Waiting', isNumber: true, value: ({ tickets }) => count(tickets.waiting) },
  { title: 'Delayed', isNumber: true, isMinor: true, value: ({ tickets }) => count(tickets.delayed) },
  { title: 'Batches', isNumber: true, value: ({ activeBatches }) => count(activeBatches) },
  { title: 'Limit', isMinor: true, value: ({ limit }) => limit ?? <span class="faint">none</span> },
  { title: 'Workers', isNumber: true, value: ({ workers }) => count(workers) },
]

/** All queues, in alphabetical order. */
export function QueuesPage() {
  useTitle('Queues')
  const cursor = query.value.get('cursor') ?? undefined
  const { data, error } = useQuery(`queues ${cursor}`, (signal) =>
    sluice.queues.list({ cursor, pageSize: 100 }, { signal, maxRetries: 0 }),
  )
  const [isCreating, setCreating] = useState(false)

  return (
    <>
      <PageHead
        title="Queues"
        actions={
          may('queues:write') && (
            <button type="button" class="button" data-kind="primary" onClick={() => setCreating(true)}>
              New queue
            </button>
          )
        }
      />
      {isCreating && <CreateQueueDialog onClose={() => setCreating(false)} />}
      {error !== undefined && <Problem error={error} />}
      <NoWorkerNote queues={data?.rows ?? []} />
      <Card isFlush>
        {data !== undefined && data.rows.length > 0 && (
          <Table
            label="Queues"
            rows={data.rows}
            columns={COLUMNS}
            idOf={({ name }) => name}
            linkOf={({ name }) => `queues/${name}`}
          />
        )}
        {data !== undefined && data.rows.length === 0 && (
          <Empty title="No queue">
            <p>None of the queues that your API key is narrowed to exists.</p>
          </Empty>
        )}
        {data === undefined && error === undefined && (
          <div class="card-body">
            <Skeleton lines={4} />
          </div>
        )}
      </Card>
      <Pager nextCursor={data?.nextCursor ?? null} />
    </>
  )
}
