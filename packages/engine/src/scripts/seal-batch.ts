import type { BatchState } from '../model/batch.ts'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export type SealReply =
  | { outcome: 'sealed'; state: BatchState }
  | { outcome: 'closed'; state: BatchState }
  | { outcome: 'missing' }

export const sealBatchScript = defineScript('seal-batch', {
  keys: ['meta', 'criteria', 'interruptions'],
  args: ['signals'],
})

/** Declares that no more tasks will come. */
export async function writeSeal(redis: RedisConnection, keys: BatchKeys, signals: string): Promise<SealReply> {
  const reply = await sealBatchScript.run(redis, keys, { signals })
  const [outcome, state] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'sealed' || outcome === 'closed') return { outcome, state: state as BatchState }
  if (outcome === 'missing') return { outcome }
  throw new UnexpectedReplyError(sealBatchScript.name, reply)
}
