import { newId } from '../new-id.ts'
import type { Engine } from '../engine.ts'
import { readQueueSettings } from '../settings/queue-settings.ts'
import { moveDetectionScript } from '../scripts/move-detection.ts'
import { redisNow } from '../redis-now.ts'
import { checkStorage } from '../storage-guard.ts'
import { DETECTION_KEPT_MS, type Detection, type DetectionRequest } from '../model/detection.ts'
import { DEFAULT_TENANT } from '../model/reach.ts'
import { queueDetection } from './queue-detection.ts'
import { readDetection } from './read-detection.ts'

/**
 * Creates a detection, which a worker runs to find out the limits of an upstream. Throws `QueueUnknownError` and
 * `StorageFullError`.
 *
 * The detection is listed before it is stored, and stored before its job is added, because a worker ignores a job without
 * a detection. If this process dies after it has stored the detection, a pass of the reconciler adds the job.
 */
export async function createDetection(engine: Engine, request: DetectionRequest): Promise<Detection> {
  await checkStorage(engine)
  await readQueueSettings(engine, request.queue)
  const id = newId()
  await addToIndexes(engine, id, request.tenant ?? DEFAULT_TENANT)
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
  await queueDetection(engine, id)
  return await readDetection(engine, id)
}

/** Returns the part of a request that is shown and kept after the end: it has no header values and no body. */
function shownPart({ tenant = DEFAULT_TENANT, call, queue, budgets }: DetectionRequest) {
  const { url, method = null, headers = {} } = call
  return { tenant, queue, url: withoutQuery(url), method, headerNames: Object.keys(headers), budgets }
}

/** Some upstreams take their keys in the query. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '?…')
}

/** Adds a detection to the indexes, and removes entries of expired detections. */
async function addToIndexes({ redis, keys }: Engine, id: string, tenant: string): Promise<void> {
  const now = await redisNow({ redis })
  for (const index of [keys.detections, keys.detectionsOf(tenant)]) {
    await redis.zadd(index, now, id)
    await redis.zremrangebyscore(index, '-inf', now - 2 * DETECTION_KEPT_MS)
    await redis.pexpire(index, 2 * DETECTION_KEPT_MS)
  }
}
