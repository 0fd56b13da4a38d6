import type { Engine } from '../engine.ts'
import { QueueUnknownError } from '../errors.ts'
import { grantsQueue } from '../model/api-key.ts'
import { DEFAULT_QUEUE, DEFAULT_QUEUE_SETTINGS, type QueueSettings } from '../model/queue.ts'
import { admits, type Reach } from '../model/reach.ts'
import { parseRegistered, type Registered } from './registered.ts'

/** Returns the settings of a queue with defaults applied, or undefined if the queue does not exist. */
export async function findQueueSettings(engine: Engine, name: string): Promise<QueueSettings | undefined> {
  return (await findQueue(engine, name))?.settings
}

/** Returns the settings of a queue and their version, or undefined if the queue does not exist. */
export async function findQueue({ redis, keys }: Engine, name: string): Promise<Registered<QueueSettings> | undefined> {
  return decodeQueue(name, await redis.hget(keys.queues, name))
}

/** Returns the settings of several queues, in order. */
export async function findQueues(
  { redis, keys }: Engine,
  names: readonly string[],
): Promise<(Registered<QueueSettings> | undefined)[]> {
  if (names.length === 0) return []
  const texts = await redis.hmget(keys.queues, ...names)
  return names.map((name, i) => decodeQueue(name, texts[i] ?? null))
}

/** Returns the names and settings of the queues that a client may use, in alphabetical order. */
export async function findQueuesWithin(
  engine: Engine,
  { tenant, queues }: Reach,
): Promise<{ name: string; settings: QueueSettings }[]> {
  const names = (await listQueueNames(engine)).filter((name) => grantsQueue(queues, name))
  const found = await findQueues(engine, names)
  return names.flatMap((name, i) => {
    const settings = found[i]?.settings
    return settings !== undefined && admits(settings.tenants, tenant) ? [{ name, settings }] : []
  })
}

/** Whether a tenant may use a queue. True also for a queue that does not exist. */
export async function mayUseQueue(engine: Engine, tenant: string | null, name: string): Promise<boolean> {
  if (tenant === null) return true
  const settings = await findQueueSettings(engine, name)
  return settings === undefined || admits(settings.tenants, tenant)
}

/** Returns the settings of a queue that a request names. Throws `QueueUnknownError`. */
export async function readQueueSettings(engine: Engine, name: string): Promise<Registered<QueueSettings>> {
  const queue = await findQueue(engine, name)
  if (!queue) throw new QueueUnknownError(name)
  return queue
}

/** Returns the names of all queues, including `default`, in alphabetical order. */
export async function listQueueNames({ redis, keys }: Pick<Engine, 'redis' | 'keys'>): Promise<string[]> {
  const names = await redis.hkeys(keys.queues)
  return [...new Set([DEFAULT_QUEUE, ...names])].toSorted()
}

/** `default` exists without an entry. Its settings then have version 0. */
function decodeQueue(name: string, text: string | null): Registered<QueueSettings> | undefined {
  if (text === null) return name === DEFAULT_QUEUE ? { version: 0, settings: DEFAULT_QUEUE_SETTINGS } : undefined
  const { version, settings } = parseRegistered<Partial<QueueSettings>>(text)
  return { version, settings: { ...DEFAULT_QUEUE_SETTINGS, ...settings } }
}
