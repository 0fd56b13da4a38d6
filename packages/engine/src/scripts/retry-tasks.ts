import type { BatchState } from '../model/batch.ts'
import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

export type RetryReply =
  | { outcome: 'retried'; count: number; next: number | undefined; state: BatchState }
  | { outcome: 'missing' }
  | { outcome: 'closed'; state: string }

export interface RetryRequest {
  /** Only tasks that failed so. */
  errorClass: string | undefined
  /** The seq to begin at; undefined: `seqs` names the tasks. */
  from: number | undefined
  seqs: readonly number[]
  /** Tasks to look at in this call. */
  maxTasks: number
}

export const retryTasksScript = defineScript('retry-tasks', {
  keys: ['meta', 'states', 'attempts', 'due', 'postponements'],
  args: ['class', 'from', 'max_tasks'],
  rest: 'seqs',
})

/** Gives some failed tasks another chance. */
export async function retrySomeTasks(
  redis: RedisConnection,
  keys: BatchKeys,
  { errorClass = '', from, seqs, maxTasks }: RetryRequest,
): Promise<RetryReply> {
  const args = { class: errorClass, from: from ?? '', max_tasks: maxTasks }
  const reply = await retryTasksScript.run(redis, keys, args, seqs)
  const [outcome, value, next, state] = Array.isArray(reply) ? (reply as unknown[]) : []
  if (outcome === 'missing') return { outcome }
  if (outcome === 'closed') return { outcome, state: String(value) }
  if (outcome !== 'retried') throw new UnexpectedReplyError(retryTasksScript.name, reply)
  const nextSeq = Number(next)
  return { outcome, count: Number(value), next: nextSeq < 0 ? undefined : nextSeq, state: state as BatchState }
}
