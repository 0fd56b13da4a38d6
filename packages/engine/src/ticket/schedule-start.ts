import type { Engine } from '../engine.ts'

/** The name of the jobs that issue the tickets of a batch when its `startAt` has come. */
export const START_JOB = 'start'

/** Covers the difference between Redis's clock, which decides, and the clock of the process that runs the job. */
const MARGIN_MS = 5

/** A start within this time gets no job id, because the job with that id may be running now, slightly early. */
const ID_UNTIL_MS = 1000

/**
 * Schedules the tickets of a batch after `inMs`, on any process that runs maintenance. Each append and each pass of the
 * reconciler schedules the same start; the job id names its second, so that BullMQ keeps only one job. A job that has
 * become too early schedules the next one, and one that has become superfluous has no effect.
 */
export async function scheduleStart(engine: Engine, batchId: string, inMs: number): Promise<void> {
  const delay = inMs + MARGIN_MS
  const jobId = `start.${batchId}.${Math.ceil((Date.now() + delay) / 1000)}`
  await engine.maintenanceQueue.open().add(START_JOB, { batchId }, { delay, ...(inMs > ID_UNTIL_MS && { jobId }) })
}
