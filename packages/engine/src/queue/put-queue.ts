import type { Engine } from '../engine.ts'
import { LimitUnknownError, QueueNotFoundError, SettingsChangedError, TooManyQueuesError } from '../errors.ts'
import {
  completeQueueSettings,
  changeQueueSettings,
  DEFAULT_QUEUE,
  DEFAULT_QUEUE_SETTINGS,
  type Queue,
  type QueueChange,
  type QueueSettings,
  type QueueUpdate,
} from '../model/queue.ts'
import { putQueueScript } from '../scripts/put-queue.ts'
import { changeRegistered } from '../settings/change-registered.ts'
import { findQueue } from '../settings/queue-settings.ts'
import type { ChangeCondition, Registered } from '../settings/registered.ts'
import { sendSignal } from '../signals.ts'
import { applyQueueSettings } from './apply-queue-settings.ts'
import { showQueue } from './read-queue.ts'
import { scheduleSpread } from './spread-concurrency.ts'

/**
 * Creates a queue or replaces its settings. Omitted settings get their default. Existing batches keep the retry policy,
 * attempt timeout and criteria they were created with; concurrency, limit, http settings and `paused` apply to them. A
 * worker issues the tickets that a higher concurrency allows. Throws `LimitUnknownError`, `TooManyQueuesError` and
 * `SettingsChangedError`.
 *
 * One step decides, in the hash slot that also decides which limits exist. If this process dies afterwards, the
 * reconciler applies the settings.
 */
export async function putQueue(
  engine: Engine,
  name: string,
  update: QueueUpdate,
  condition: ChangeCondition = {},
): Promise<{ queue: Queue; isNew: boolean }> {
  const settings = completeQueueSettings(update)
  const { version, before } = await store(engine, name, settings, condition)
  await apply(engine, name, settings, before)
  const isNew = before === undefined && name !== DEFAULT_QUEUE
  return { queue: await showQueue(engine, name, { version, settings }), isNew }
}

/**
 * Changes some settings of a queue, and keeps the others. Settings apply as with `putQueue`. If somebody else changes the
 * queue meanwhile, the change is merged into those settings instead. Throws `QueueNotFoundError`, `LimitUnknownError` and
 * `SettingsChangedError`.
 */
export async function changeQueue(
  engine: Engine,
  name: string,
  change: QueueChange,
  condition: ChangeCondition = {},
): Promise<Queue> {
  const { before, settings, stored } = await changeRegistered(
    {
      read: () => readRegistered(engine, name),
      change: (found) => changeQueueSettings(found, change),
      store: (changed, required) => store(engine, name, changed, required),
    },
    condition,
  )
  await apply(engine, name, settings, before)
  return await showQueue(engine, name, { version: stored.version, settings })
}

async function readRegistered(engine: Engine, name: string): Promise<Registered<QueueSettings>> {
  const queue = await findQueue(engine, name)
  if (!queue) throw new QueueNotFoundError(name)
  return queue
}

interface Stored {
  version: number
  before: QueueSettings | undefined
}

async function store(
  { redis, keys, quotas: { maxQueues } }: Engine,
  name: string,
  settings: QueueSettings,
  { ifVersion }: ChangeCondition,
): Promise<Stored> {
  const { queues, limited, limits, version, deletedQueues: deleted } = keys
  const request = { name, settings, maxQueues, ifVersion }
  const reply = await putQueueScript.run(redis, { queues, limited, limits, version, deleted }, request)
  if (reply.kind === 'no_limit') throw new LimitUnknownError(settings.limit ?? '')
  if (reply.kind === 'full') throw new TooManyQueuesError(name, maxQueues)
  if (reply.kind === 'changed') throw new SettingsChangedError(`Queue "${name}"`, ifVersion ?? 0, reply.version)
  return reply
}

/** Makes the queue do what its settings say. */
async function apply(
  engine: Engine,
  name: string,
  { concurrency }: QueueSettings,
  before: QueueSettings | undefined,
): Promise<void> {
  await applyQueueSettings(engine, name)
  // No batch uses a new queue.
  const isInUse = before !== undefined || name === DEFAULT_QUEUE
  if (isInUse && concurrency !== (before ?? DEFAULT_QUEUE_SETTINGS).concurrency) await scheduleSpread(engine, name)
  await sendSignal(engine, { kind: 'queue', queue: name })
}
