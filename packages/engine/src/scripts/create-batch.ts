import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export const createBatchScript = defineScript('create-batch', { keys: ['meta'], args: [], rest: 'settings' })

/** Writes a batch's settings and returns when that was, by Redis's clock, in ms. */
export async function writeNewBatch(
  redis: RedisConnection,
  keys: BatchKeys,
  settings: Record<string, string | number>,
): Promise<number> {
  const reply = await createBatchScript.run(redis, { meta: keys.meta }, {}, Object.entries(settings).flat())
  if (Array.isArray(reply) && reply[0] === 'created') return Number(reply[1])
  throw new UnexpectedReplyError(createBatchScript.name, reply)
}
