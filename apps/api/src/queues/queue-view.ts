import type { QueueView } from '@sluice/contracts'
import type { Queue } from '@sluice/engine'

/** A queue as the API answers it. */
export function queueView(queue: Queue): QueueView {
  return {
    name: queue.name,
    concurrency: queue.concurrency,
    retry: queue.retry,
    attemptTimeoutMs: queue.attemptTimeoutMs,
    http: queue.http as QueueView['http'],
    interruptionCriteria: queue.interruptionCriteria as QueueView['interruptionCriteria'],
    limit: queue.limit,
    paused: queue.paused,
    activeBatches: queue.activeBatches,
    tickets: queue.tickets,
    workers: queue.workers,
    types: queue.types,
  }
}
