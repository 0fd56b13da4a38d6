import type { Batch } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { percent } from '../../format/numbers.ts'
import { Card } from '../../parts/card.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { type Column, Table } from '../../parts/table.tsx'

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
    <Card
      title="Active batches"
      isFlush
      actions={
        data !== undefined && data.nextCursor !== null && <a href={`batches?queue=${queue}&state=active`}>Show all</a>
      }
    >
      {data === undefined ? (
        <div class="card-body">{error === undefined ? <Skeleton /> : <Problem error={error} />}</div>
      ) : data.rows.length === 0 ? (
        <Empty title="No active batch" />
      ) : (
        <Table
          label="Active batches"
          rows={data.rows}
          columns={COLUMNS}
          idOf={({ id }) => id}
          linkOf={({ id }) => `batches/${id}`}
        />
      )}
    </Card>
  )
}
