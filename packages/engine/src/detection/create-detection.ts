import { newId } from '../new-id.ts'
import type { Engine } from '../engine.ts'
import { readQueueSettings } from '../settings/queue-settings.ts'
import { moveDetectionScript } from '../scripts/move-detection.ts'
import { redisNow } from '../redis-now.ts'
import { checkStorage } from '../storage-guard.ts'
import { DETECTION_KEPT_MS, type Detection, type DetectionRequest } from '../model/detection.ts'
import { DETECTION_QUEUE } from '../bullmq/detection-queue.ts'
import { readDetection } from './read-detection.ts'

/**
 * Has a worker find out the limits of an upstream. Throws `QueueUnknownError` and `StorageFullError`.
 *
 * The detection is written first: a job without one does nothing, and one without a job waits until it expires.
 */
export async function createDetection(engine: Engine, request: DetectionRequest): Promise<Detection> {
  await checkStorage(engine)
  await readQueueSettings(engine, request.queue)
  const id = newId()
  await moveDetectionScript.run(
    engine.redis,
    { detection: engine.keys.detection(id) },
    {
      from: undefined,
      to: 'pending',
      keptMs: DETECTION_KEPT_MS,
      fields: { request: JSON.stringify(request), shown: JSON.stringify(shownPart(request)) },
    },
  )
  await addToIndex(engine, id)
  await engine.detectionQueue.open().add(DETECTION_QUEUE, {}, { jobId: id })
  return await readDetection(engine, id)
}

/** What outlives the detection itself, and is shown: no values of headers, no body. */
function shownPart({ call, queue, budgets }: DetectionRequest) {
  const { url, method = null, headers = {} } = call
  return { queue, url, method, headerNames: Object.keys(headers), budgets }
}

/** The index forgets what has expired whenever something is added to it. */
async function addToIndex({ redis, keys }: Engine, id: string): Promise<void> {
  const now = await redisNow({ redis })
  await redis.zadd(keys.detections, now, id)
  await redis.zremrangebyscore(keys.detections, '-inf', now - 2 * DETECTION_KEPT_MS)
}
