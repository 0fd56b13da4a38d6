import type { Engine } from '../engine.ts'
import { QueueUnknownError } from '../errors.ts'
import { DEFAULT_QUEUE, DEFAULT_QUEUE_SETTINGS, type QueueSettings } from '../model/queue.ts'

/** Returns the settings of a queue with defaults applied, or undefined if the queue does not exist. */
export async function findQueueSettings({ redis, keys }: Engine, name: string): Promise<QueueSettings | undefined> {
  const text = await redis.hget(keys.queueSettings(name), 'settings')
  if (text !== null) return { ...DEFAULT_QUEUE_SETTINGS, ...(JSON.parse(text) as Partial<QueueSettings>) }
  return name === DEFAULT_QUEUE ? DEFAULT_QUEUE_SETTINGS : undefined
}

/** Returns the settings of a queue that a request names. Throws `QueueUnknownError`. */
export async function readQueueSettings(engine: Engine, name: string): Promise<QueueSettings> {
  const settings = await findQueueSettings(engine, name)
  if (!settings) throw new QueueUnknownError(name)
  return settings
}

/** Returns the names of all queues, including `default`, in alphabetical order. */
export async function listQueueNames({ redis, keys }: Pick<Engine, 'redis' | 'keys'>): Promise<string[]> {
  const names = await redis.smembers(keys.queues)
  return [...new Set([DEFAULT_QUEUE, ...names])].toSorted()
}
