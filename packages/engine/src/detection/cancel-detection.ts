import type { Engine } from '../engine.ts'
import { DetectionNotFoundError, DetectionStateError } from '../errors.ts'
import { moveDetectionScript } from '../scripts/move-detection.ts'
import { sendSignal } from '../signals.ts'
import { DETECTION_KEPT_MS, type Detection, type DetectionState } from '../model/detection.ts'
import { readDetection } from './read-detection.ts'

/**
 * Cancels a detection. Its worker stops calling the upstream within a second. Cancelling a cancelled detection has no
 * effect. Throws `DetectionNotFoundError`, and `DetectionStateError` if the detection is completed or failed.
 */
export async function cancelDetection(engine: Engine, id: string): Promise<Detection> {
  const state = await leave(engine, id, 'pending')
  if (state !== 'cancelled') throw new DetectionStateError(id, state)
  // A worker that misses the signal learns of the cancellation when it next reports progress.
  await sendSignal(engine, { kind: 'detection', id })
  return await readDetection(engine, id)
}

/**
 * Cancels a detection that is in state `from`. A pending one may start meanwhile; a running one never becomes pending.
 */
async function leave(engine: Engine, id: string, from: DetectionState): Promise<DetectionState> {
  const move = { from, to: 'cancelled', keptMs: DETECTION_KEPT_MS } as const
  const reply = await moveDetectionScript.run(engine.redis, { detection: engine.keys.detection(id) }, move)
  if (reply.kind === 'moved') return 'cancelled'
  if (reply.kind === 'missing') throw new DetectionNotFoundError(id)
  return reply.state === 'running' && from === 'pending' ? await leave(engine, id, 'running') : reply.state
}
