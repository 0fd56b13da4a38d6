import type { Batch, Queue } from '@sluice/client'
import { sluice } from '../../data/session.ts'
import { useQuery } from '../../data/use-query.ts'
import { count } from '../../format/numbers.ts'
import { Card } from '../../parts/card.tsx'
import { Empty, Problem, Skeleton } from '../../parts/notes.tsx'
import { type Column, Table } from '../../parts/table.tsx'
import { Until } from '../../parts/time.tsx'

/** A queue under a limit, and its batches that wait for the limit. */
interface User {
  queue: Queue
  waiting: Batch[]
}

const COLUMNS: readonly Column<User>[] = [
  { title: 'Queue', isWide: true, value: ({ queue }) => queue.name },
  { title: 'Slots in use', isNumber: true, value: ({ queue }) => count(queue.tickets.active) },
  { title: 'Batches that wait', isNumber: true, value: ({ waiting }) => count(waiting.length) },
  { title: 'Next start', isNumber: true, value: ({ waiting }) => <NextStart waiting={waiting} /> },
]

/** The queues under a limit, and who of them waits for it. */
export function LimitUsers({ limit }: { limit: string }) {
  const { data, error } = useQuery(`users of ${limit}`, (signal) => readUsers(limit, signal))
  return (
    <Card title="Queues under it" isFlush>
      {data === undefined ? (
        <div class="card-body">{error === undefined ? <Skeleton /> : <Problem error={error} />}</div>
      ) : data.length === 0 ? (
        <Empty title="No queue is under it">
          <p>
            Choose the limit in the settings of <a href="queues">a queue</a>.
          </p>
        </Empty>
      ) : (
        <Table
          label="Queues under the limit"
          rows={data}
          columns={COLUMNS}
          idOf={({ queue }) => queue.name}
          linkOf={({ queue }) => `queues/${queue.name}`}
        />
      )}
    </Card>
  )
}

async function readUsers(limit: string, signal: AbortSignal): Promise<User[]> {
  const queues: Queue[] = []
  for await (const queue of sluice.queues.list({ pageSize: 200 }, { signal, maxRetries: 0 })) {
    if (queue.limit === limit) queues.push(queue)
  }
  return await Promise.all(queues.map(async (queue) => ({ queue, waiting: await readWaiting(queue.name, signal) })))
}

/** Of a queue with many active batches, the newest hundred are asked. */
async function readWaiting(queue: string, signal: AbortSignal): Promise<Batch[]> {
  const { rows } = await sluice.batches.list({ queue, state: 'active', pageSize: 100 }, { signal, maxRetries: 0 })
  return rows.filter(({ limitWait }) => limitWait !== null)
}

function NextStart({ waiting }: { waiting: readonly Batch[] }) {
  const [first] = waiting.flatMap(({ limitWait }) => limitWait?.nextStartAt ?? []).toSorted()
  return first === undefined ? '–' : <Until at={first} />
}
