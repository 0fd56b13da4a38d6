import type { Engine } from '../engine.ts'
import { grantsQueue } from '../model/api-key.ts'
import type { WorkerStatus } from '../model/worker-status.ts'
import { readWorkersScript } from '../scripts/read-workers.ts'
import { WORKER_TTL_MS } from './beat.ts'

/**
 * Lists the workers that are alive, in the order in which they started. With `granted`, as API keys are narrowed to
 * queues, only those that serve one of these queues, with these queues alone.
 */
export async function listWorkers(
  { redis, keys }: Engine,
  { granted = null }: { granted?: readonly string[] | null } = {},
): Promise<WorkerStatus[]> {
  const { workers } = await readWorkersScript.run(redis, { ...keys.workers }, {})
  return workers
    .map(({ id, deadFrom, offer, profile, load }) => ({
      id,
      ...profile,
      running: load.running,
      queues: offer.queues === 'all' ? offer.queues : offer.queues.filter((queue) => grantsQueue(granted, queue)),
      types: offer.types,
      tickets: Object.fromEntries(Object.entries(load.tickets).filter(([queue]) => grantsQueue(granted, queue))),
      lastBeatAt: deadFrom - WORKER_TTL_MS,
    }))
    .filter(({ queues }) => queues.length > 0)
    .toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1))
}
