import type { Engine } from '../engine.ts'
import { BatchNotFoundError } from '../errors.ts'
import type { Batch, BatchState } from '../model/batch.ts'
import { DEFAULT_TENANT } from '../model/reach.ts'
import type { TaskCounts } from '../model/task-counts.ts'
import { readOffers, type ReadOffers } from '../heartbeat/offers.ts'
import { decodeCriteria } from '../model/criteria.ts'
import { outcomeOf } from '../model/outcome.ts'
import { headroomOf } from '../model/headroom.ts'
import { decodeInterruption } from '../model/interruption.ts'
import { decodeTypes } from '../model/offer.ts'
import { decodeUpstreamWait } from '../model/upstream-wait.ts'
import { waitingFor } from '../model/waiting.ts'
import { findBatchWithCode } from './codes.ts'
import { findWaits, NO_WAITS, type Waits } from './find-waits.ts'

const CODE_PREFIX = 'code:'

/**
 * Resolves an id, or `code:<code>` of a batch of the tenant, to a batch id. Throws `BatchNotFoundError` for an unknown
 * code. An id may be that of a batch of any tenant, or of none.
 */
export async function resolveBatchId(engine: Engine, reference: string, tenant = DEFAULT_TENANT): Promise<string> {
  if (!reference.startsWith(CODE_PREFIX)) return reference
  const id = await findBatchWithCode(engine, tenant, reference.slice(CODE_PREFIX.length))
  if (id === undefined) throw new BatchNotFoundError(reference)
  return id
}

/** What a batch belongs to. It never changes. */
export interface BatchOwner {
  tenant: string
  queue: string
}

/** Returns the tenant and the queue of a batch. Undefined if the batch does not exist. */
export async function findOwnerOfBatch({ redis, keys }: Engine, id: string): Promise<BatchOwner | undefined> {
  const [tenant, queue] = await redis.hmget(keys.batch(id).meta, 'tenant', 'queue')
  return tenant && queue ? { tenant, queue } : undefined
}

/** Reads a batch. Throws `BatchNotFoundError`. */
export async function readBatch(engine: Engine, id: string): Promise<Batch> {
  const batch = await findBatch(engine, id)
  if (!batch) throw new BatchNotFoundError(id)
  return batch
}

/**
 * Reads a batch. Returns undefined if it does not exist or is being deleted. A caller that reads several batches says how to
 * read the offers of workers, so that they are read once.
 */
export async function findBatch(
  engine: Engine,
  id: string,
  read: ReadOffers = () => readOffers(engine),
): Promise<Batch | undefined> {
  const { redis, keys } = engine
  const batchKeys = keys.batch(id)
  const [fields, criteria, next, last] = await Promise.all([
    redis.hgetall(batchKeys.meta),
    redis.hgetall(batchKeys.criteria),
    redis.zrange(batchKeys.due, '0', '0', 'WITHSCORES'),
    redis.lindex(batchKeys.interruptions, 0),
  ])
  if (fields.state === undefined || fields.deleting !== undefined) return undefined
  const stored = { fields, criteria, nextDueAt: Number(next[1] ?? 0), last }
  const batch = decodeBatch(id, stored, Date.now())
  const isWaiting = batch.state === 'active' && batch.counts.pending + batch.counts.delayed > 0
  const waits = isWaiting ? await findWaits(engine, batch.queue, read) : NO_WAITS
  return withWaits(batch, decodeTypes(fields.types ?? ''), waits)
}

type OwnBatch = Omit<Batch, 'limitWait' | 'waitingFor'>

function withWaits(batch: OwnBatch, types: readonly string[], { limitWait, ...waits }: Waits): Batch {
  const startAt = batch.startAt !== null && batch.startAt.getTime() > Date.now() ? batch.startAt : null
  const facts = { ...batch, ...waits, startAt, types, isLimited: limitWait !== null }
  return { ...batch, limitWait, waitingFor: batch.state === 'active' ? waitingFor(facts) : [] }
}

interface StoredBatch {
  /** The `meta` hash. */
  fields: Record<string, string>
  /** The `criteria` hash. */
  criteria: Record<string, string>
  nextDueAt: number
  /** The newest interruption. */
  last: string | null
}

function decodeBatch(id: string, { fields, criteria, nextDueAt, last }: StoredBatch, now: number): OwnBatch {
  const number = (field: string) => Number(fields[field] ?? 0)
  const counts = decodeCounts(number)
  const state = fields.state as BatchState
  const ratePerSecond = rateOf(number, now)
  const interruptionCriteria = decodeCriteria(criteria)
  return {
    id,
    tenant: fields.tenant ?? DEFAULT_TENANT,
    code: fields.code ?? id,
    queue: fields.queue ?? '',
    type: fields.type ?? '',
    state,
    outcome: outcomeOf(state === 'completed' || state === 'cancelled', counts),
    sealed: number('sealed') === 1,
    counts,
    metadata: JSON.parse(fields.metadata ?? '{}') as Record<string, unknown>,
    concurrency: number('concurrency') || null,
    priority: number('priority'),
    retry: {
      maxAttempts: number('max_attempts'),
      minDelayMs: number('min_delay_ms'),
      maxDelayMs: number('max_delay_ms'),
      maxPostponedMs: number('max_postponed_ms'),
    },
    attemptTimeoutMs: number('attempt_timeout_ms'),
    interruptionCriteria,
    headroom: headroomOf(interruptionCriteria, { number, now }),
    lastInterruption: last === null ? null : decodeInterruption(last),
    createdAt: new Date(number('created_at')),
    startAt: dateOf(number('start_at')),
    startedAt: dateOf(number('started_at')),
    finishedAt: dateOf(number('finished_at')),
    pausedUntil: state === 'active' && number('paused_until') > now ? dateOf(number('paused_until')) : null,
    nextDueAt: state === 'active' && counts.delayed > 0 ? dateOf(nextDueAt) : null,
    upstreamWait: state === 'active' ? decodeUpstreamWait(number, now) : null,
    percent: percentOf(counts, state),
    ratePerSecond,
    etaMs: etaOf(counts, state, ratePerSecond),
  }
}

/** A leased task that has not started counts as pending. */
function decodeCounts(number: (field: string) => number): TaskCounts {
  const running = number('started')
  return {
    total: number('total'),
    pending: number('pending') + number('running') - running,
    delayed: number('delayed'),
    running,
    completed: number('completed'),
    failed: number('failed'),
    cancelled: number('cancelled'),
  }
}

function dateOf(ms: number): Date | null {
  return ms > 0 ? new Date(ms) : null
}

function percentOf({ total, completed, failed, cancelled }: TaskCounts, state: BatchState): number {
  if (total === 0) return state === 'completed' ? 100 : 0
  return Math.floor(((completed + failed + cancelled) / total) * 1000) / 10
}

const RATE_WINDOW_SECONDS = 10

/**
 * Returns the rate of finished tasks per second. `take-turns` counts them in windows of ten seconds; while the current
 * window is shorter than that, the rate of the previous window stands for the missing seconds.
 */
function rateOf(number: (field: string) => number, now: number): number {
  const windowAt = number('window_at')
  if (windowAt === 0) return 0
  const end = number('finished_at') || now
  const seconds = Math.max((end - windowAt) / 1000, 0.001)
  const missing = number('last_rate') > 0 ? Math.max(0, RATE_WINDOW_SECONDS - seconds) : 0
  const finished = number('window_finished') + number('last_rate') * missing
  return Math.round((finished / (seconds + missing)) * 10) / 10
}

function etaOf({ pending, delayed, running }: TaskCounts, state: BatchState, ratePerSecond: number): number | null {
  if (state !== 'active' || ratePerSecond === 0) return null
  return Math.round(((pending + delayed + running) / ratePerSecond) * 1000)
}
