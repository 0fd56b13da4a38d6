import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export type InterruptReply = { outcome: 'interrupted' } | { outcome: 'missing' } | { outcome: 'closed'; state: string }

export const interruptBatchScript = defineScript('interrupt-batch', {
  keys: ['meta', 'interruptions'],
  args: ['signals', 'reason', 'message', 'abort'],
})

/** Stops an active batch by hand. */
export async function writeInterruption(
  redis: RedisConnection,
  keys: BatchKeys,
  signals: string,
  { reason, message, abort }: { reason: string; message: string; abort: boolean },
): Promise<InterruptReply> {
  const args = { signals, reason, message, abort: abort ? '1' : '0' }
  const reply = await interruptBatchScript.run(redis, keys, args)
  const [outcome, state] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'interrupted' || outcome === 'missing') return { outcome }
  if (outcome === 'closed') return { outcome, state: String(state) }
  throw new UnexpectedReplyError(interruptBatchScript.name, reply)
}
