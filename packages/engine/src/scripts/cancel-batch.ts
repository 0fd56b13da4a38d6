import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export type CancelReply =
  | { outcome: 'cancelled'; left: number }
  | { outcome: 'closed'; state: string }
  | { outcome: 'missing' }

export const cancelBatchScript = defineScript('cancel-batch', {
  keys: ['meta', 'states', 'due'],
  args: ['max_tasks', 'signals'],
})

/** Stops a batch for good and cancels up to `maxTasks` of its tasks that have not run. */
export async function cancelSomeTasks(
  redis: RedisConnection,
  keys: BatchKeys,
  signals: string,
  maxTasks: number,
): Promise<CancelReply> {
  const reply = await cancelBatchScript.run(redis, keys, { max_tasks: maxTasks, signals })
  const [outcome, value] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'cancelled') return { outcome, left: Number(value) }
  if (outcome === 'closed') return { outcome, state: String(value) }
  if (outcome === 'missing') return { outcome }
  throw new UnexpectedReplyError(cancelBatchScript.name, reply)
}
