import type { Batch, Queue } from '@sluice/client'
import { useTopic } from '../../data/fleet.ts'
import { may, sluice } from '../../data/session.ts'
import { count } from '../../format/numbers.ts'
import { List } from '../../parts/list.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'
import { Slots } from '../queues/queue-state.tsx'
import { waitsFor } from './held-batches.tsx'

/** All queues that the person may read. */
export function useQueues() {
  return useTopic('queues', readQueues, may('queues:read'))
}

async function readQueues(signal: AbortSignal): Promise<Queue[]> {
  const queues: Queue[] = []
  for await (const queue of sluice.queues.list({ pageSize: 200 }, { signal, maxRetries: 0 })) queues.push(queue)
  return queues
}

/** The queues under a limit, and how many of their batches wait for it. */
export function LimitQueues({
  limit,
  queues: { data, error },
  batches,
}: {
  limit: string
  queues: ReturnType<typeof useQueues>
  batches: readonly Batch[]
}) {
  const waiting = batches.filter((batch) => waitsFor(batch, limit))
  const columns: readonly Column<Queue>[] = [
    { title: 'Queue', isWide: true, value: ({ name }) => name },
    { title: 'Slots in use', value: (queue) => <Slots queue={queue} /> },
    { title: 'Batches', isNumber: true, value: ({ activeBatches }) => count(activeBatches) },
    {
      title: 'Waiting',
      isNumber: true,
      value: ({ name }) => count(waiting.filter(({ queue }) => queue === name).length),
    },
  ]
  return (
    <List
      title="Queues under it"
      label="Queues under the limit"
      rows={data?.filter((queue) => queue.limit === limit)}
      error={error}
      columns={columns}
      idOf={({ name }) => name}
      linkOf={({ name }) => `queues/${name}`}
      empty={
        <Empty title="No queue is under it">
          <p>
            Choose the limit in the settings of <a href="queues">a queue</a>.
          </p>
        </Empty>
      }
    />
  )
}
