import type { Engine } from '../engine.ts'
import {
  BatchNotFoundError,
  BatchSealedError,
  BatchStateError,
  BatchTooLargeError,
  OffsetGapError,
  SluiceError,
  TooManyTypesError,
} from '../errors.ts'
import { appendTasksScript, type AppendReply } from '../scripts/append-tasks.ts'
import { checkStorage } from '../storage-guard.ts'
import { compareTasks } from './compare-tasks.ts'
import { DEFAULT_TENANT } from '../model/reach.ts'
import { openTaskRoom, type TaskRoom } from './task-room.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import { typesIn } from './types-in.ts'

/** How to append tasks. */
export interface AppendOptions {
  /**
   * The seq of the first task given. Tasks that the batch already holds are compared and skipped, so that an append can
   * be repeated.
   * Default: the tasks follow the last task of the batch.
   */
  offset?: number | undefined
  /** True for a draft: no tickets are issued, and a failure leaves nothing to continue. Default false. */
  isDraft?: boolean
}

/** The result of an append. */
export interface AppendResult {
  /** The number of tasks added. */
  accepted: number
  /** The number of tasks that the batch already held. */
  skipped: number
  /** The number of tasks in the batch now: the offset for the next append. */
  total: number
}

/**
 * Appends chunks of task envelopes to a batch, in order. Each chunk is appended in one atomic step. If a chunk is
 * refused or `chunks` throws, the earlier chunks stay, and `details` of a thrown `SluiceError` contain `accepted`,
 * `skipped` and `total`.
 *
 * Throws `BatchNotFoundError`, `BatchSealedError`, `BatchStateError`, `OffsetGapError`, `TasksDifferError`,
 * `BatchTooLargeError`, `TooManyTypesError`, `QuotaReachedError` and `StorageFullError`.
 */
export async function appendTasks(
  engine: Engine,
  batchId: string,
  chunks: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  { offset, isDraft = false }: AppendOptions = {},
): Promise<AppendResult> {
  const result: AppendResult = { accepted: 0, skipped: 0, total: 0 }
  try {
    const room = await openRoom(engine, batchId, isDraft)
    for await (const envelopes of chunks) {
      const isFirst = result.accepted === 0
      const next = offset === undefined ? undefined : offset + result.accepted + result.skipped
      await appendOneChunk(engine, batchId, { envelopes, offset: next, room }, result)
      // Workers start on the first chunk. Tickets for the later chunks are issued once, at the end of the upload.
      if (isFirst && result.accepted > 0 && !isDraft) await issueTickets(engine, batchId)
    }
    return await progress(engine, batchId, result)
  } catch (error) {
    if (error instanceof SluiceError && !isDraft) Object.assign(error.details, await progress(engine, batchId, result))
    throw error
  } finally {
    // If this process dies before this step, the reconciler issues the tickets.
    if (result.accepted > 0 && !isDraft) await issueTickets(engine, batchId)
  }
}

interface Chunk {
  envelopes: readonly string[]
  /** The seq of the first envelope. Undefined: they follow the last task. */
  offset: number | undefined
  room: TaskRoom
}

async function openRoom(engine: Engine, batchId: string, isDraft: boolean): Promise<TaskRoom> {
  const tenant = await engine.redis.hget(engine.keys.batch(batchId).meta, 'tenant')
  return await openTaskRoom(engine, { batchId, tenant: tenant ?? DEFAULT_TENANT, isDraft })
}

/** The envelopes that the batch does not hold yet: a repeat needs no room. */
async function newOf(
  { redis, keys }: Engine,
  batchId: string,
  { envelopes, offset }: Pick<Chunk, 'envelopes' | 'offset'>,
): Promise<readonly string[]> {
  if (offset === undefined) return envelopes
  const total = Number(await redis.hget(keys.batch(batchId).meta, 'total'))
  return envelopes.slice(Math.max(0, total - offset))
}

async function appendOneChunk(
  engine: Engine,
  batchId: string,
  { envelopes, offset, room }: Chunk,
  result: AppendResult,
): Promise<void> {
  await checkStorage(engine)
  await room.check(await newOf(engine, batchId, { envelopes, offset }))
  // Before anything is appended: a chunk is kept whole or not at all.
  const isRepeat = offset !== undefined && result.accepted === 0
  const compared = isRepeat ? await compareTasks(engine, batchId, offset, envelopes) : 0
  const { maxTasksPerBatch: maxTasks } = engine.quotas
  const request = { offset, maxTasks, types: typesIn(envelopes), envelopes }
  const reply = await appendTasksScript.run(engine.redis, engine.keys.batch(batchId), request)
  if (reply.kind !== 'appended') throw refusal(engine, batchId, envelopes.length, offset, reply)
  result.total = reply.total
  result.skipped += reply.skipped
  result.accepted += envelopes.length - reply.skipped
  await room.file(envelopes.slice(reply.skipped))
  // Another upload may have appended since.
  if (offset !== undefined && reply.skipped > compared)
    await compareTasks(engine, batchId, offset, envelopes.slice(0, reply.skipped))
}

function refusal(
  engine: Engine,
  batchId: string,
  taskCount: number,
  offset: number | undefined,
  reply: Exclude<AppendReply, { kind: 'appended' }>,
): SluiceError {
  switch (reply.kind) {
    case 'missing':
      return new BatchNotFoundError(batchId)
    case 'wrong_state':
      return new BatchStateError(batchId, reply.state, 'Only an active or interrupted batch accepts tasks')
    case 'sealed':
      return new BatchSealedError(batchId, reply.total)
    case 'gap':
      return new OffsetGapError(batchId, offset ?? 0, reply.total)
    case 'too_many_types':
      return new TooManyTypesError(batchId, reply.maxTypes)
    case 'too_large':
      return new BatchTooLargeError((offset ?? reply.total) + taskCount, engine.quotas.maxTasksPerBatch)
  }
}

/** Completes a result with the batch's total if no chunk was appended yet. Throws `BatchNotFoundError`. */
async function progress(engine: Engine, batchId: string, result: AppendResult): Promise<AppendResult> {
  if (result.total > 0) return result
  const total = await engine.redis.hget(engine.keys.batch(batchId).meta, 'total')
  if (total === null) throw new BatchNotFoundError(batchId)
  return { ...result, total: Number(total) }
}
