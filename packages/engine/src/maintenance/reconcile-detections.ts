import { queueDetection } from '../detection/queue-detection.ts'
import type { Engine } from '../engine.ts'
import { DETECTION_KEPT_MS } from '../model/detection.ts'
import { addRepairs, type Repairs } from './repairs.ts'

/** Entries of the index whose detections are read at once. */
const PAGE_SIZE = 500

/** Adds the jobs of pending detections that have none, because the connection broke before their jobs were added. */
export async function reconcileDetections(engine: Engine, now: number): Promise<Repairs> {
  const { redis, keys } = engine
  // A detection that is still pending after this time has expired.
  const ids = await redis.zrangebyscore(keys.detections, now - DETECTION_KEPT_MS, '+inf')
  const repairs: Repairs[] = []
  for (let first = 0; first < ids.length; first += PAGE_SIZE) {
    const page = ids.slice(first, first + PAGE_SIZE)
    repairs.push(...(await Promise.all(page.map((id) => reconcileDetection(engine, id)))))
  }
  return addRepairs(...repairs)
}

async function reconcileDetection(engine: Engine, id: string): Promise<Repairs> {
  if ((await engine.redis.hget(engine.keys.detection(id), 'state')) !== 'pending') return {}
  if ((await engine.detectionQueue.open().getJob(id)) !== undefined) return {}
  await queueDetection(engine, id)
  return { detectionsQueued: 1 }
}
