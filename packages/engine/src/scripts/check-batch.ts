import type { BatchState } from '../model/batch.ts'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** `deadlineMs`: when the runtime limit is reached; undefined when nothing brings that about as it stands. */
export type CheckReply =
  | { outcome: 'checked'; state: BatchState; deadlineMs: number | undefined }
  | { outcome: 'missing' }

export const checkBatchScript = defineScript('check-batch', {
  keys: ['meta', 'criteria', 'interruptions'],
  args: ['signals'],
})

/** Judges a batch by its criteria as they and the time are now. */
export async function judgeBatch(redis: RedisConnection, keys: BatchKeys, signals: string): Promise<CheckReply> {
  const reply = await checkBatchScript.run(redis, keys, { signals })
  const [outcome, state, deadlineMs] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'missing') return { outcome }
  if (outcome !== 'checked') throw new UnexpectedReplyError(checkBatchScript.name, reply)
  const inMs = Number(deadlineMs)
  return { outcome, state: state as BatchState, deadlineMs: inMs < 0 ? undefined : inMs }
}
