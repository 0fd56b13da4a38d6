import type { Engine } from '../engine.ts'

/** The name of the jobs by which a batch's runtime limit fires. */
export const DEADLINE_JOB = 'deadline'

export interface DeadlineData {
  batchId: string
}

/** The clocks of Redis, which judges, and of the worker that is woken may differ by a little. */
const MARGIN_MS = 5

/**
 * Has the batch checked after a time, by whichever process is up then. More than one deadline for a batch does no harm:
 * each only has it checked.
 */
export async function scheduleDeadline(engine: Engine, batchId: string, inMs: number): Promise<void> {
  await engine.upkeepQueue.open().add(DEADLINE_JOB, { batchId }, { delay: inMs + MARGIN_MS })
}
