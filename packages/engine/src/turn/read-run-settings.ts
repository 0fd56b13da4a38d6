import type { RetryPolicy } from '../model/retry-policy.ts'
import type { Engine } from '../engine.ts'

/** What a worker must know of a batch to run its tasks. It changes only when the batch's version does. */
export interface RunSettings {
  version: number
  type: string
  queue: string
  retry: RetryPolicy
  /** Time an attempt may take, in ms: the batch's own limit, or its criterion where that is less. */
  attemptTimeoutMs: number
}

/** Undefined when the batch has been deleted meanwhile. */
export async function readRunSettings(engine: Engine, batchId: string): Promise<RunSettings | undefined> {
  const { meta, criteria } = engine.keys.batch(batchId)
  const [version, type, queue, maxAttempts, minDelayMs, maxDelayMs, attemptTimeoutMs] = await engine.redis.hmget(
    meta,
    'version',
    'type',
    'queue',
    'max_attempts',
    'min_delay_ms',
    'max_delay_ms',
    'attempt_timeout_ms',
  )
  // After the version, so that what is read here is never older than the version it is remembered under.
  const taskTimeoutMs = await engine.redis.hget(criteria, 'task_timeout_ms')
  if (!version) return undefined
  return {
    version: Number(version),
    type: type ?? '',
    queue: queue ?? '',
    retry: { maxAttempts: Number(maxAttempts), minDelayMs: Number(minDelayMs), maxDelayMs: Number(maxDelayMs) },
    attemptTimeoutMs: Math.min(Number(attemptTimeoutMs), Number(taskTimeoutMs ?? Infinity)),
  }
}
