/** Tickets a batch may have: its own concurrency, or the queue's where that is less or the batch names none (0). */
export function ticketLimit(batchConcurrency: number, queueConcurrency: number): number {
  return batchConcurrency === 0 ? queueConcurrency : Math.min(batchConcurrency, queueConcurrency)
}
