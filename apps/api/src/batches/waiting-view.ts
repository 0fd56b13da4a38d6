import type { WaitingView } from '@sluice/contracts'
import type { Batch, Waiting } from '@sluice/engine'

/** What the tasks of a batch wait for, each with a sentence that explains it. */
export function waitingView({ queue, waitingFor }: Pick<Batch, 'queue' | 'waitingFor'>): WaitingView[] {
  return waitingFor.map((waiting) => ({
    kind: waiting.kind,
    message: messageOf(waiting, queue),
    ...(waiting.kind === 'no_handler' && { types: waiting.types }),
    ...('until' in waiting && waiting.until !== null && { until: waiting.until.toISOString() }),
  }))
}

function messageOf(waiting: Waiting, queue: string): string {
  switch (waiting.kind) {
    case 'start_at':
      return `The batch starts at ${waiting.until.toISOString()}. Change its startAt to start it at another time.`
    case 'queue_paused':
      return `Queue "${queue}" is paused. Resume it with POST /v1/queues/${queue}/resume.`
    case 'no_worker':
      return `No worker serves queue "${queue}". Start one, and check its SLUICE_QUEUES, SLUICE_REDIS_URL and SLUICE_KEY_PREFIX.`
    case 'no_handler':
      return `No worker of queue "${queue}" has ${handlersFor(waiting.types)}. Start one that has, or cancel the batch.`
    case 'limit':
      return 'The limit of the queue has no room. `limitWait` has the details.'
    case 'upstream_pause':
      return 'The upstream refuses calls. `upstreamWait` has the details.'
    case 'backoff':
      return `All tasks that are left wait for their retry, the first until ${waiting.until?.toISOString() ?? 'now'}.`
    case 'slot':
      return `Other batches use all slots of queue "${queue}" or of its workers.`
    case 'seal':
      return 'All tasks have ended. The batch completes when it is sealed: POST /v1/batches/:id/seal.'
  }
}

function handlersFor(types: readonly string[]): string {
  const names = types.map((type) => `"${type}"`).join(', ')
  return types.length === 1 ? `a handler for the task type ${names}` : `handlers for all of the task types ${names}`
}
