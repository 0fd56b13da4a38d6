import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export const createBatchScript = defineScript('create-batch', {
  keys: ['meta', 'criteria'],
  args: ['settings'],
  rest: 'fields',
})

export type Fields = Readonly<Record<string, string | number>>

/** Writes a batch's settings and criteria and returns when that was, by Redis's clock, in ms. */
export async function writeNewBatch(
  redis: RedisConnection,
  keys: BatchKeys,
  settings: Fields,
  criteria: Fields,
): Promise<number> {
  const settingCount = Object.keys(settings).length
  const fields = [...Object.entries(settings), ...Object.entries(criteria)].flat()
  const reply = await createBatchScript.run(redis, keys, { settings: settingCount }, fields)
  if (Array.isArray(reply) && reply[0] === 'created') return Number(reply[1])
  throw new UnexpectedReplyError(createBatchScript.name, reply)
}
