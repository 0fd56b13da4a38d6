import type { Engine } from '../engine.ts'

/** The name of the jobs by which a batch's runtime limit fires. */
export const DEADLINE_JOB = 'deadline'

/** The clocks of Redis, which judges, and of the worker that is woken may differ by a little. */
const MARGIN_MS = 5

/** In its last second a deadline has no id: the job of that id may be the one that runs now, and came a little early. */
const ID_UNTIL_MS = 1000

/**
 * Has the batch checked after a time, by whichever process is up then. The reconciler asks for the same deadline again
 * and again; the id, which names its second, has BullMQ keep one. More than one does no harm: each only has it checked.
 */
export async function scheduleDeadline(engine: Engine, batchId: string, inMs: number): Promise<void> {
  const delay = inMs + MARGIN_MS
  const jobId = `${batchId}.${Math.ceil((Date.now() + delay) / 1000)}`
  await engine.maintenanceQueue.open().add(DEADLINE_JOB, { batchId }, { delay, ...(inMs > ID_UNTIL_MS && { jobId }) })
}
