import type { RetryPolicy } from '../batch/batch.ts'
import type { Engine } from '../engine.ts'

/** What a worker must know of a batch to run its tasks. It changes only when the batch's version does. */
export interface TicketSettings {
  version: number
  type: string
  queue: string
  retry: RetryPolicy
  attemptTimeoutMs: number
}

/** Undefined when the batch has been deleted meanwhile. */
export async function readTicketSettings(engine: Engine, batchId: string): Promise<TicketSettings | undefined> {
  const [version, type, queue, maxAttempts, minDelayMs, maxDelayMs, attemptTimeoutMs] = await engine.redis.hmget(
    engine.keys.batch(batchId).meta,
    'version',
    'type',
    'queue',
    'max_attempts',
    'min_delay_ms',
    'max_delay_ms',
    'attempt_timeout_ms',
  )
  if (!version) return undefined
  return {
    version: Number(version),
    type: type ?? '',
    queue: queue ?? '',
    retry: { maxAttempts: Number(maxAttempts), minDelayMs: Number(minDelayMs), maxDelayMs: Number(maxDelayMs) },
    attemptTimeoutMs: Number(attemptTimeoutMs),
  }
}
