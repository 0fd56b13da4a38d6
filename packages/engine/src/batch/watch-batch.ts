import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine.ts'
import type { Batch } from '../model/batch.ts'
import { readBatch } from './read-batch.ts'

/** A watcher is told of changes at most twice a second. */
const LOOK_EVERY_MS = 500

/**
 * A batch as it is now, then again after each change, at most twice a second. Ends with the snapshot in which the batch
 * is finished, or when the signal is aborted. Throws `BatchNotFoundError`, also when it is deleted meanwhile.
 */
export async function* watchBatch(
  engine: Engine,
  batchId: string,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<Batch> {
  let seen = ''
  while (!signal.aborted) {
    const batch = await readBatch(engine, batchId)
    const now = fingerprint(batch)
    if (now !== seen) yield batch
    seen = now
    if (isFinished(batch)) return
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

/** A cancelled batch is over once the tasks that ran have ended too. */
function isFinished({ state, counts }: Batch): boolean {
  return state === 'completed' || (state === 'cancelled' && counts.running === 0)
}

/** The rate, what follows from it, and how long the batch has run drift with time; that alone is no change. */
function fingerprint({ ratePerSecond: _rate, etaMs: _eta, headroom: _headroom, ...rest }: Batch): string {
  return JSON.stringify(rest)
}
