import { readBatch, type Batch, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a batch is read, in ms: short against the measured times. */
const POLL_MS = 5

/** Waits until a batch satisfies a condition, and returns it. */
export async function untilBatch(
  engine: Engine,
  id: string,
  condition: (batch: Batch) => boolean,
  pollMs = POLL_MS,
): Promise<Batch> {
  for (;;) {
    const batch = await readBatch(engine, id)
    if (condition(batch)) return batch
    await sleep(pollMs)
  }
}

/**
 * Waits until every task of a batch has succeeded. Reads no more of the batch than that takes: reading all of it at this
 * interval, with what it waits for, took Redis 20 us of each task of five seconds in 5,000 slots.
 *
 * @throws {Error} as soon as a task has failed or the batch has stopped.
 */
export async function untilCompleted(engine: Engine, id: string, pollMs = POLL_MS): Promise<void> {
  const { meta } = engine.keys.batch(id)
  for (;;) {
    const [state, failed] = await engine.redis.hmget(meta, 'state', 'failed')
    if (Number(failed ?? 0) > 0 || (state !== 'active' && state !== 'completed')) {
      throw new Error(`Batch ${id} did not succeed: it is ${state}, and ${failed ?? 0} of its tasks failed.`)
    }
    if (state === 'completed') return
    await sleep(pollMs)
  }
}
