import type { Engine } from '../engine.ts'

/** The name of the jobs that check a batch when `maxBatchRuntimeMs` is reached. */
export const DEADLINE_JOB = 'deadline'

/** Covers the difference between Redis's clock, which decides, and the clock of the process that runs the job. */
const MARGIN_MS = 5

/** A deadline within this time gets no job id, because the job with that id may be running now, slightly early. */
const ID_UNTIL_MS = 1000

/**
 * Schedules a check of a batch after `inMs`, on any process that runs maintenance. The reconciler schedules the same
 * deadline repeatedly; the job id names its second, so that BullMQ keeps only one job. A duplicate only checks the
 * batch again.
 */
export async function scheduleDeadline(engine: Engine, batchId: string, inMs: number): Promise<void> {
  const delay = inMs + MARGIN_MS
  const jobId = `${batchId}.${Math.ceil((Date.now() + delay) / 1000)}`
  await engine.maintenanceQueue.open().add(DEADLINE_JOB, { batchId }, { delay, ...(inMs > ID_UNTIL_MS && { jobId }) })
}
