import type { RedisConnection } from '../connect-redis.ts'
import type { DetectionState } from '../model/detection.ts'
import { UnexpectedReplyError } from '../errors.ts'
import { defineScript } from './define-script.ts'

export type MoveReply =
  | { outcome: 'moved' }
  /** The state it is in instead; undefined: there is no such detection. */
  | { outcome: 'refused'; state: DetectionState | undefined }

export interface DetectionMove {
  /** Undefined: it must not be there yet. */
  from: DetectionState | undefined
  to: DetectionState
  keptMs: number
  fields?: Readonly<Record<string, string>>
}

export const moveDetectionScript = defineScript('move-detection', {
  keys: ['detection'],
  args: ['from', 'to', 'kept_ms'],
  rest: 'fields',
})

/** Brings a detection from one state to another, if it is still in the first. */
export async function moveDetection(
  redis: RedisConnection,
  detection: string,
  move: DetectionMove,
): Promise<MoveReply> {
  const { from = '', to, keptMs, fields = {} } = move
  const args = { from, to, kept_ms: keptMs }
  const reply = await moveDetectionScript.run(redis, { detection }, args, Object.entries(fields).flat())
  const [outcome, state] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'moved') return { outcome }
  if (outcome === 'refused') return { outcome, state: state === '' ? undefined : (state as DetectionState) }
  throw new UnexpectedReplyError(moveDetectionScript.name, reply)
}
