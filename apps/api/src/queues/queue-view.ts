import type { QueueView } from '@sluice/contracts'
import type { Queue, Reach } from '@sluice/engine'

/** A queue as the API answers it to a client, which learns of no other tenant if it belongs to one. */
export function queueView(queue: Queue, { tenant }: Reach): QueueView {
  return {
    name: queue.name,
    concurrency: queue.concurrency,
    retry: queue.retry,
    attemptTimeoutMs: queue.attemptTimeoutMs,
    http: queue.http as QueueView['http'],
    interruptionCriteria: queue.interruptionCriteria as QueueView['interruptionCriteria'],
    limit: queue.limit,
    ...(queue.tenants !== null && { tenants: queue.tenants.filter((name) => tenant === null || name === tenant) }),
    paused: queue.paused,
    activeBatches: queue.activeBatches,
    tickets: queue.tickets,
    workers: queue.workers,
    types: queue.types,
  }
}
