import type { BatchState } from '../model/batch.ts'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import type { Fields } from './create-batch.ts'
import { defineScript } from './define-script.ts'

export type UpdateReply =
  | { outcome: 'updated'; state: BatchState }
  | { outcome: 'missing' }
  | { outcome: 'closed'; state: BatchState }

export interface UpdateRequest {
  /** The states it is allowed in. */
  states: readonly BatchState[]
  settings: Fields
  /** An empty value switches a criterion off. */
  criteria: Fields
}

export const updateBatchScript = defineScript('update-batch', {
  keys: ['meta', 'criteria'],
  args: ['states', 'settings'],
  rest: 'changes',
})

/** Changes settings and criteria of a batch that is in one of the states given. */
export async function writeUpdate(
  redis: RedisConnection,
  keys: BatchKeys,
  { states, settings, criteria }: UpdateRequest,
): Promise<UpdateReply> {
  const args = { states: states.join(' '), settings: Object.keys(settings).length }
  const changes = [...Object.entries(settings), ...Object.entries(criteria)].flat()
  const reply = await updateBatchScript.run(redis, keys, args, changes)
  const [outcome, state] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'updated' || outcome === 'closed') return { outcome, state: state as BatchState }
  if (outcome === 'missing') return { outcome }
  throw new UnexpectedReplyError(updateBatchScript.name, reply)
}
