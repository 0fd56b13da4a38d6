import { decodeTypes } from '../model/offer.ts'
import type { RetryPolicy } from '../model/retry-policy.ts'
import type { Engine } from '../engine.ts'

/** The settings that a worker needs to run a batch's tasks. They change only together with the batch's version. */
export interface RunSettings {
  version: number
  type: string
  /** The types of its tasks when the settings were read. */
  types: string[]
  queue: string
  retry: RetryPolicy
  /** Maximum duration of one attempt, in ms: the lesser of the batch's `attemptTimeoutMs` and `taskTimeoutMs`. */
  attemptTimeoutMs: number
  /** The trace that its attempts belong to. Undefined: none. */
  traceparent: string | undefined
}

/** Reads the run settings of a batch. Returns undefined if the batch does not exist. */
export async function readRunSettings(engine: Engine, batchId: string): Promise<RunSettings | undefined> {
  const { meta, criteria } = engine.keys.batch(batchId)
  const [version, type, types, queue, attemptTimeoutMs, traceparent, ...retry] = await engine.redis.hmget(
    meta,
    'version',
    'type',
    'types',
    'queue',
    'attempt_timeout_ms',
    'traceparent',
    'max_attempts',
    'min_delay_ms',
    'max_delay_ms',
    'max_postponed_ms',
  )
  // Read after the version, so that the cached settings are never older than the version they are cached under.
  const taskTimeoutMs = await engine.redis.hget(criteria, 'task_timeout_ms')
  if (!version) return undefined
  return {
    version: Number(version),
    type: type ?? '',
    types: decodeTypes(types ?? ''),
    queue: queue ?? '',
    retry: decodeRetry(retry.map(Number)),
    attemptTimeoutMs: Math.min(Number(attemptTimeoutMs), Number(taskTimeoutMs ?? Infinity)),
    traceparent: traceparent ?? undefined,
  }
}

function decodeRetry([maxAttempts = 0, minDelayMs = 0, maxDelayMs = 0, maxPostponedMs = 0]: number[]): RetryPolicy {
  return { maxAttempts, minDelayMs, maxDelayMs, maxPostponedMs }
}
