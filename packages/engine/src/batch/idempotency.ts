import { createHash } from 'node:crypto'
import type { Engine } from '../engine.ts'
import { IdempotencyInProgressError, IdempotencyKeyReusedError } from '../errors.ts'
import type { Batch, Idempotency } from './batch.ts'
import { findBatch } from './read-batch.ts'

/** A key is remembered for a day. */
const KEPT_MS = 24 * 3600 * 1000

interface Entry {
  fingerprint: string
  batchId: string
  /** What the first request was told; not there if its process died before it could note it. */
  answer?: Batch
}

export interface IdempotencyClaim {
  /** What the first request with this key was told, when there was one. */
  answer: Batch | undefined
  keep(answer: Batch): Promise<void>
  release(): Promise<void>
}

/**
 * Claims a key for the draft of a batch, or finds the batch that was made under it. A key whose draft was discarded,
 * because its process died, is free again.
 */
export async function claimIdempotency(
  engine: Engine,
  batchId: string,
  { key, fingerprint }: Idempotency,
): Promise<IdempotencyClaim> {
  const redisKey = engine.keys.idempotency(createHash('sha256').update(key).digest('hex'))
  const text = JSON.stringify({ fingerprint, batchId } satisfies Entry)
  const claim = {
    keep: async (answer: Batch) =>
      void (await engine.redis.set(redisKey, JSON.stringify({ fingerprint, batchId, answer }), 'PX', KEPT_MS)),
    release: async () => void (await engine.redis.del(redisKey)),
  }

  const known = await engine.redis.set(redisKey, text, 'PX', KEPT_MS, 'NX', 'GET')
  if (known === null) return { ...claim, answer: undefined }
  const entry = JSON.parse(known, reviveDates) as Entry
  if (entry.fingerprint !== fingerprint) throw new IdempotencyKeyReusedError(key)
  const answer = entry.answer ?? (await findPublished(engine, entry.batchId))
  if (answer) return { ...claim, answer }
  if (await isDraft(engine, entry.batchId)) throw new IdempotencyInProgressError(key)
  await engine.redis.set(redisKey, text, 'PX', KEPT_MS)
  return { ...claim, answer: undefined }
}

async function findPublished(engine: Engine, batchId: string): Promise<Batch | undefined> {
  return (await isDraft(engine, batchId)) ? undefined : await findBatch(engine, batchId)
}

async function isDraft({ redis, keys }: Engine, batchId: string): Promise<boolean> {
  return (await redis.zscore(keys.drafts, batchId)) !== null
}

const DATE_FIELDS = new Set(['createdAt', 'startedAt', 'finishedAt', 'pausedUntil', 'nextDueAt', 'at'])

function reviveDates(this: unknown, field: string, value: unknown): unknown {
  return DATE_FIELDS.has(field) && typeof value === 'string' ? new Date(value) : value
}
