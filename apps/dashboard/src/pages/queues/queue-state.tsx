import type { Queue } from '@sluice/client'
import { count, countOf } from '../../format/numbers.ts'
import { Badge } from '../../parts/badge.tsx'
import { Meter } from '../../parts/meter.tsx'

/** Whether a queue has work that no worker takes. */
function lacksWorkers({ workers, activeBatches }: Queue): boolean {
  return workers === 0 && activeBatches > 0
}

/** What a queue does now. */
export function QueueBadge({ queue }: { queue: Queue }) {
  const { paused, workers, tickets } = queue
  if (paused) return <Badge tone="interrupted">paused</Badge>
  if (workers === 0) return <Badge tone={lacksWorkers(queue) ? 'failed' : 'waiting'}>no worker</Badge>
  return tickets.active > 0 ? <Badge tone="running">running</Badge> : <Badge tone="waiting">idle</Badge>
}

/** How many slots of a queue are in use. */
export function Slots({ queue: { name, tickets, concurrency } }: { queue: Queue }) {
  return (
    <Meter
      label={`Slots of ${name} in use`}
      used={tickets.active}
      max={concurrency}
      text={`${count(tickets.active)} of ${count(concurrency)}`}
    />
  )
}

/** Says which queues have work that no worker takes, and what to do. */
export function NoWorkerNote({ queues }: { queues: readonly Queue[] }) {
  const stuck = queues.filter(lacksWorkers)
  if (stuck.length === 0) return null
  return (
    <div class="problem" data-tone="failed">
      <strong>No worker serves {stuck.map(({ name }) => name).join(', ')}</strong>
      <span>
        {countOf(
          stuck.reduce((sum, { activeBatches }) => sum + activeBatches, 0),
          'batch',
          'batches',
        )}{' '}
        cannot go on. Start a worker whose SLUICE_QUEUES is empty or names the queue.
      </span>
    </div>
  )
}
