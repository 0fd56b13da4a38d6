import { applyConcurrency } from '../batch/apply-concurrency.ts'
import { cancelBatch } from '../batch/cancel-batch.ts'
import { checkBatch } from '../batch/check-batch.ts'
import { eraseBatch } from '../batch/erase-batch.ts'
import { isLeftBehind } from '../batch/hold-batch.ts'
import { indexBatch } from '../batch/index-batch.ts'
import { reportTransition } from '../batch/report-transition.ts'
import { sealBatch } from '../batch/seal-batch.ts'
import type { Engine } from '../engine.ts'
import type { BatchState } from '../model/batch.ts'
import { DEFAULT_TENANT } from '../model/reach.ts'
import { addToTally, type UnfinishedTasks } from '../model/task-tally.ts'
import { deleteBatchScript } from '../scripts/delete-batch.ts'
import { issueTickets } from '../ticket/issue-tickets.ts'
import type { QueueVersions } from './queue-versions.ts'
import type { Repairs } from './repairs.ts'

/** A pass of the reconciler. */
export interface Pass {
  /** When it began, in ms of Redis's clock. */
  now: number
  queues: QueueVersions
  /** Gets the unfinished tasks of active batches. */
  tally: Record<string, UnfinishedTasks>
}

interface UnsettledBatch {
  tenant: string
  tasks: number
  bytes: number
  state: BatchState
  isSealed: boolean
  createdAt: number
  queue: string
  queueVersion: number
  /** The number of pending and delayed tasks. */
  waiting: number
  /** The number of leased tasks. */
  running: number
  unfinished: UnfinishedTasks
  /** Announcements of a retry and of a deletion. */
  holds: string[]
}

/** Brings everything in line with an unsettled batch that a crash may have left otherwise. */
export async function reconcileBatch(engine: Engine, id: string, { now, queues, tally }: Pass): Promise<Repairs> {
  const batch = await readUnsettled(engine, id, now)
  if (!batch) return await finishErasing(engine, id)
  const { state, queue } = batch
  if (state === 'active') addToTally(tally, queue, batch.unfinished)
  const isCancelling = state === 'cancelled' && batch.waiting > 0
  if (isCancelling) await cancelBatch(engine, id)
  const isOverdue = !batch.isSealed && now - batch.createdAt > engine.quotas.unsealedExpiryMs
  if (isOverdue) await sealBatch(engine, id)
  if ((await queues.versionOf(queue)) > batch.queueVersion) await applyConcurrency(engine, id, queue)
  return {
    batchesIndexed: (await repairIndexes(engine, id, batch, now)) || isCancelling ? 1 : 0,
    batchesSealed: isOverdue ? 1 : 0,
    batchesInterrupted: state === 'active' && (await checkBatch(engine, id)) ? 1 : 0,
    ticketsIssued: await issueTickets(engine, id),
  }
}

/** Returns undefined for a batch that is being deleted, or has only index entries left. */
async function readUnsettled({ redis, keys }: Engine, id: string, now: number): Promise<UnsettledBatch | undefined> {
  const counters = ['pending', 'delayed', 'running', 'started'] as const
  const fields = [
    'tenant',
    'total',
    'bytes',
    'state',
    'sealed',
    'created_at',
    'queue',
    'queue_version',
    'start_at',
    ...counters,
  ] as const
  const { meta } = keys.batch(id)
  const [deleting, reopening, removing, ...values] = await redis.hmget(
    meta,
    'deleting',
    'reopening',
    'removing',
    ...fields,
  )
  const [tenant, tasks, bytes, state, sealed, createdAt, queue, queueVersion, startAt, ...counts] = values
  const [pending = 0, delayed = 0, running = 0, started = 0] = counts.map(Number)
  if (!state || deleting) return undefined
  return {
    tenant: tenant ?? DEFAULT_TENANT,
    tasks: Number(tasks),
    bytes: Number(bytes),
    state: state as BatchState,
    isSealed: sealed === '1',
    createdAt: Number(createdAt),
    queue: queue ?? '',
    queueVersion: Number(queueVersion),
    waiting: pending + delayed,
    running,
    // Workers need not be started for tasks that may not start yet.
    unfinished:
      Number(startAt) > now
        ? { pending: 0, delayed: pending + delayed, running: 0 }
        : { pending: pending + running - started, delayed, running: started },
    holds: [reopening, removing].filter((hold) => hold != null),
  }
}

/** Indexes a batch if it is not where it belongs. Returns whether it was not. */
async function repairIndexes(engine: Engine, id: string, batch: UnsettledBatch, now: number): Promise<boolean> {
  const { state, waiting, running, holds } = batch
  let isChanged = false
  for (const release of holds.filter((hold) => isLeftBehind(hold, now))) {
    isChanged = (await indexBatch(engine, id, { release })).isChanged || isChanged
  }
  const isSettled = state !== 'active' && state !== 'interrupted' && waiting + running + holds.length === 0
  const isInPlace = !isSettled && (await isListed(engine, id, batch))
  // What a batch holds grows while it runs. That is nothing to repair.
  if (isInPlace && !(await isFiled(engine, id, batch))) await indexBatch(engine, id)
  return isInPlace ? isChanged : (await indexBatch(engine, id)).isChanged || isChanged
}

async function isListed(
  { redis, keys }: Engine,
  id: string,
  { tenant, state }: Pick<UnsettledBatch, 'tenant' | 'state'>,
): Promise<boolean> {
  const indexes = [keys.batchesInState(state), keys.batchesOfInState(tenant, state)]
  return (await Promise.all(indexes.map((index) => redis.zscore(index, id)))).every((score) => score !== null)
}

/** Whether the usage of its tenant has what a batch holds now. */
async function isFiled({ redis, keys }: Engine, id: string, { tasks, bytes }: UnsettledBatch): Promise<boolean> {
  const [, , shownTasks, shownBytes] = (await redis.hget(keys.editions, id))?.split(' ') ?? []
  return shownTasks === String(tasks) && shownBytes === String(bytes)
}

/** Erases a batch after its retention. Only the batch itself says whether it has finished, and when. */
export async function expireBatch(engine: Engine, id: string, finishedBefore: number): Promise<Repairs> {
  const reply = await deleteBatchScript.run(engine.redis, engine.keys.batch(id), { finishedBefore })
  if (reply.kind === 'deleting') reportTransition(engine, id, reply.transition)
  if (reply.kind === 'deleting' || reply.kind === 'missing') return await finishErasing(engine, id)
  // It is active again, or finished later than the indexes say.
  return { batchesIndexed: (await indexBatch(engine, id)).isChanged ? 1 : 0 }
}

async function finishErasing(engine: Engine, id: string): Promise<Repairs> {
  await eraseBatch(engine, id)
  return { batchesDeleted: 1 }
}
