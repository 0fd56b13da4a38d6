import type { Engine } from '../engine.ts'
import { DetectionNotFoundError } from '../errors.ts'
import type { Detection, DetectionState } from '../model/detection.ts'
import { EVERYTHING, type Reach, reaches } from '../model/reach.ts'

const MAX_LISTED = 100

type Shown = Pick<Detection, 'tenant' | 'queue' | 'url' | 'method' | 'headerNames' | 'budgets'>

/** Reads a detection and its progress. Throws `DetectionNotFoundError`. */
export async function readDetection(engine: Engine, id: string): Promise<Detection> {
  const detection = await findDetection(engine, id)
  if (!detection) throw new DetectionNotFoundError(id)
  return detection
}

/** Lists those of the last hundred detections of a tenant, or of all tenants, that a client reaches, newest first. */
export async function listDetections(engine: Engine, reach: Reach = EVERYTHING): Promise<Detection[]> {
  const ids = await engine.redis.zrange(
    reach.tenant === null ? engine.keys.detections : engine.keys.detectionsOf(reach.tenant),
    '+inf',
    '-inf',
    'BYSCORE',
    'REV',
    'LIMIT',
    0,
    MAX_LISTED,
  )
  const found = await Promise.all(ids.map((id) => findDetection(engine, id)))
  return found.filter((detection) => detection !== undefined).filter((detection) => reaches(reach, detection))
}

async function findDetection({ redis, keys }: Engine, id: string): Promise<Detection | undefined> {
  const fields = await redis.hgetall(keys.detection(id))
  if (!fields.state) return undefined
  return {
    id,
    state: fields.state as DetectionState,
    ...(JSON.parse(fields.shown ?? '{}') as Shown),
    createdAt: new Date(Number(fields.created_at)),
    startedAt: momentOf(fields.started_at),
    finishedAt: momentOf(fields.finished_at),
    progress: parseOrNull(fields.progress),
    result: parseOrNull(fields.result),
    error: parseOrNull(fields.error) as Detection['error'],
  }
}

function momentOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(Number(text))
}

function parseOrNull(text: string | undefined): Record<string, unknown> | null {
  return text === undefined ? null : (JSON.parse(text) as Record<string, unknown>)
}
