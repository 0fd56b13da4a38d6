import type { Queue } from '@sluice/client'
import { useTopicPage } from '../../data/fleet.ts'
import { sluice } from '../../data/session.ts'
import { count } from '../../format/numbers.ts'
import { NewButton } from '../../parts/dialog-button.tsx'
import { ListPage } from '../../parts/list-page.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
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
  {
    title: 'Limit',
    isMinor: true,
    value: ({ limit }) => (limit === null ? <span class="faint">none</span> : <span class="clip cut">{limit}</span>),
  },
  { title: 'Workers', isNumber: true, value: ({ workers }) => count(workers) },
]

/** All queues, in alphabetical order. */
export function QueuesPage() {
  const cursor = query.value.get('cursor') ?? undefined
  const { data, error } = useTopicPage('queues', cursor, (signal) =>
    sluice.queues.list({ cursor, pageSize: 100 }, { signal, maxRetries: 0 }),
  )
  return (
    <ListPage
      title="Queues"
      actions={
        <NewButton
          title="New queue"
          permission="queues:write"
          dialog={(close) => <CreateQueueDialog onClose={close} />}
        />
      }
      note={<NoWorkerNote queues={data?.rows ?? []} />}
      data={data}
      error={error}
      columns={COLUMNS}
      idOf={({ name }) => name}
      linkOf={({ name }) => `queues/${name}`}
      empty={
        <Empty title="No queue">
          <p>None of the queues that your API key is narrowed to exists.</p>
        </Empty>
      }
    />
  )
}
