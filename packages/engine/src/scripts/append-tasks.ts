import type { RedisConnection } from '../connect-redis.ts'
import { UnexpectedReplyError } from '../errors.ts'
import type { BatchKeys } from '../keys.ts'
import { defineScript } from './define-script.ts'

/** What became of a chunk of tasks. */
export type AppendReply =
  | { outcome: 'appended'; total: number; skipped: number }
  | { outcome: 'missing' }
  | { outcome: 'closed'; state: string }
  | { outcome: 'sealed'; total: number }
  | { outcome: 'gap'; total: number }
  | { outcome: 'too_large'; total: number }

export interface AppendRequest {
  /** The seq of the first envelope, when the caller knows it. */
  offset: number | undefined
  maxTasks: number
  envelopes: readonly string[]
}

export const appendTasksScript = defineScript('append-tasks', {
  keys: ['meta', 'states', 'attempts', 'appended'],
  args: ['offset', 'max_tasks'],
  rest: 'envelopes',
})

/** Adds one chunk of tasks to a batch, all of it or nothing. */
export async function appendChunk(
  redis: RedisConnection,
  keys: BatchKeys,
  { offset, maxTasks, envelopes }: AppendRequest,
): Promise<AppendReply> {
  const args = { offset: offset ?? '', max_tasks: maxTasks }
  return decode(await appendTasksScript.run(redis, keys, args, envelopes))
}

function decode(reply: unknown): AppendReply {
  const [outcome, value, skipped] = Array.isArray(reply) ? (reply as unknown[]) : []
  switch (outcome) {
    case 'appended':
      return { outcome, total: Number(value), skipped: Number(skipped) }
    case 'missing':
      return { outcome }
    case 'closed':
      return { outcome, state: String(value) }
    case 'sealed':
    case 'gap':
    case 'too_large':
      return { outcome, total: Number(value) }
    default:
      throw new UnexpectedReplyError(appendTasksScript.name, reply)
  }
}
