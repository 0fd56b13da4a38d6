import { hasTicketKeys, readTicketSettings } from '../bullmq/ticket-settings.ts'
import type { Engine } from '../engine.ts'
import { applyQueueSettings, removeQueue } from '../queue/apply-queue-settings.ts'
import { findQueue, listQueueNames } from '../settings/queue-settings.ts'
import { addRepairs, type Repairs } from './repairs.ts'

/**
 * How long after the deletion of a queue or limit a process may still write keys of it that it decided to write before,
 * in ms.
 */
export const DELETED_MS = 300_000

/** Brings BullMQ in line with the settings of all queues, and removes its keys of deleted queues. */
export async function reconcileQueues(engine: Engine, now: number): Promise<Repairs> {
  const repairs: Repairs[] = []
  for (const name of await listQueueNames(engine)) repairs.push(await reconcileQueue(engine, name))
  for (const name of await engine.redis.zrange(engine.keys.deletedQueues, '0', '-1')) {
    repairs.push(await removeLeftovers(engine, name))
  }
  await engine.redis.zremrangebyscore(engine.keys.deletedQueues, '-inf', now - DELETED_MS)
  return addRepairs(...repairs)
}

async function reconcileQueue(engine: Engine, name: string): Promise<Repairs> {
  const [queue, held] = await Promise.all([
    findQueue(engine, name),
    readTicketSettings(engine.redis, engine.ticketQueues.open(name)),
  ])
  const isEqual = queue?.settings.concurrency === held.concurrency && queue?.settings.paused === held.paused
  if (!queue || isEqual) return {}
  await applyQueueSettings(engine, name)
  return { queuesRepaired: 1 }
}

/** A worker or an API may have added to BullMQ's keys of a queue while it was deleted, and died. */
async function removeLeftovers(engine: Engine, name: string): Promise<Repairs> {
  const hasKeys = await hasTicketKeys(engine.redis, engine.ticketQueues.open(name))
  if (hasKeys) await removeQueue(engine, name)
  else engine.ticketQueues.forget(name)
  return { queuesRepaired: hasKeys ? 1 : 0 }
}
