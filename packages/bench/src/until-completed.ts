import { readBatch, type Batch, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a batch is read, in ms: short against the measured times, and no noticeable load. */
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
 * Waits until every task of a batch has succeeded.
 *
 * @throws {Error} as soon as a task has failed or the batch has stopped.
 */
export async function untilCompleted(engine: Engine, id: string, pollMs = POLL_MS): Promise<void> {
  const { state, counts } = await untilBatch(
    engine,
    id,
    (batch) => batch.state !== 'active' || hasFailed(batch),
    pollMs,
  )
  if (state === 'completed' && counts.failed === 0) return
  throw new Error(`Batch ${id} did not succeed: it is ${state}, and ${counts.failed} of its tasks failed.`)
}

function hasFailed({ counts }: Batch): boolean {
  return counts.failed > 0
}
