import type { Engine } from '../engine.ts'
import { applyConcurrencyScript } from '../scripts/apply-concurrency.ts'
import { findQueue } from '../settings/queue-settings.ts'

/**
 * Gives a batch the concurrency of its queue. Returns whether the number of its tickets has changed. Surplus tickets
 * retire at their next turn; the caller issues additional ones. A missing batch or queue has no effect. Safe to repeat.
 */
export async function applyConcurrency(engine: Engine, batchId: string, queueName: string): Promise<boolean> {
  const queue = await findQueue(engine, queueName)
  if (!queue) return false
  const { version, settings } = queue
  const request = { version, concurrency: settings.concurrency }
  const reply = await applyConcurrencyScript.run(engine.redis, engine.keys.batch(batchId), request)
  return reply.kind === 'applied' && reply.isChanged
}
