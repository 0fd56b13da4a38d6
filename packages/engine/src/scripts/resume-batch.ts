import type { BatchState } from '../model/batch.ts'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export type ResumeReply =
  | { outcome: 'resumed'; state: BatchState }
  | { outcome: 'missing' }
  | { outcome: 'closed'; state: BatchState }

export const resumeBatchScript = defineScript('resume-batch', { keys: ['meta'], args: [] })

/** Makes an interrupted batch active again. */
export async function writeResumption(redis: RedisConnection, keys: BatchKeys): Promise<ResumeReply> {
  const reply = await resumeBatchScript.run(redis, keys, {})
  const [outcome, state] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'resumed' || outcome === 'closed') return { outcome, state: state as BatchState }
  if (outcome === 'missing') return { outcome }
  throw new UnexpectedReplyError(resumeBatchScript.name, reply)
}
