import { DETECTION_QUEUE } from '../bullmq/queue-names.ts'
import type { Engine } from '../engine.ts'

/**
 * Adds the job of a pending detection, unless it exists. Safe to repeat: a worker ignores a job whose detection is no
 * longer pending.
 */
export async function queueDetection({ detectionQueue }: Engine, id: string): Promise<void> {
  await detectionQueue.open().add(DETECTION_QUEUE, {}, { jobId: id })
}
