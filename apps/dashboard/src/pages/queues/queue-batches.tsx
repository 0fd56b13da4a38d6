import type { Batch } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { percent } from '../../format/numbers.ts'
import { List } from '../../parts/list.tsx'
import { Empty } from '../../parts/notes.tsx'
import type { Column } from '../../parts/table.tsx'

const SHOWN = 10

const COLUMNS: readonly Column<Batch>[] = [
  { title: 'Batch', isWide: true, value: ({ code }) => <bdi>{code}</bdi> },
  { title: 'Finished', isNumber: true, value: (batch) => percent(batch.percent) },
  { title: 'Waits for', value: ({ waitingFor: [first] }) => first?.kind.replaceAll('_', ' ') ?? '–' },
]

/** The newest active batches of a queue, and what they wait for. */
export function QueueBatches({ queue }: { queue: string }) {
  const { data, error } = useQuery(`active batches of ${queue}`, (signal) =>
    sluice.batches.list({ queue, state: 'active', pageSize: SHOWN }, { signal, maxRetries: 0 }),
  )
  return (
    <List
      title="Active batches"
      actions={
        data !== undefined && data.nextCursor !== null && <a href={`batches?queue=${queue}&state=active`}>Show all</a>
      }
      label="Active batches"
      rows={data?.rows}
      error={error}
      columns={COLUMNS}
      idOf={({ id }) => id}
      linkOf={({ id }) => `batches/${id}`}
      empty={<Empty title="No active batch" />}
    />
  )
}
