import type { Engine } from '../engine.ts'

/** Returns true if running tickets should free slots: other tickets wait or are delayed, or the queue is paused. */
export async function isSlotWanted(engine: Engine, queue: string): Promise<boolean> {
  const tickets = engine.ticketQueues.open(queue)
  const [counts, isPaused] = await Promise.all([
    tickets.getJobCounts('wait', 'prioritized', 'delayed'),
    tickets.isPaused(),
  ])
  return isPaused || Object.values(counts).some((count) => count > 0)
}
