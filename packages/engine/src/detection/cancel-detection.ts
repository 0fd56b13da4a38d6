import type { Engine } from '../engine.ts'
import { DetectionNotFoundError, DetectionStateError } from '../errors.ts'
import { moveDetectionScript } from '../scripts/move-detection.ts'
import { sendSignal } from '../signals.ts'
import { DETECTION_KEPT_MS, type Detection, type DetectionState } from '../model/detection.ts'
import { readDetection } from './read-detection.ts'

/**
 * Ends a detection; its worker makes no call any more within a second. Harmless to repeat. Throws
 * `DetectionNotFoundError`, and `DetectionStateError` when it is over.
 */
export async function cancelDetection(engine: Engine, id: string): Promise<Detection> {
  const state = await leave(engine, id, 'pending')
  if (state !== 'cancelled') throw new DetectionStateError(id, state)
  // A worker that misses this learns it when it next reports how far it is.
  await sendSignal(engine, { kind: 'detection', id })
  return await readDetection(engine, id)
}

/** It may begin to run meanwhile, but it never goes back. */
async function leave(engine: Engine, id: string, from: DetectionState): Promise<DetectionState> {
  const move = { from, to: 'cancelled', keptMs: DETECTION_KEPT_MS } as const
  const reply = await moveDetectionScript.run(engine.redis, { detection: engine.keys.detection(id) }, move)
  if (reply.kind === 'moved') return 'cancelled'
  if (reply.kind === 'missing') throw new DetectionNotFoundError(id)
  return reply.state === 'running' && from === 'pending' ? await leave(engine, id, 'running') : reply.state
}
