import type { QueueView } from '@sluice/contracts'
import type { Queue } from '@sluice/engine'

/** A queue as the API shows it. */
export function queueView({ name, concurrency, retry, attemptTimeoutMs, http, paused, activeBatches, tickets }: Queue) {
  return { name, concurrency, retry, attemptTimeoutMs, http, paused, activeBatches, tickets } as QueueView
}
