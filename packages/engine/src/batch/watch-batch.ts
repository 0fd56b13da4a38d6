import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine.ts'
import type { Batch } from '../model/batch.ts'
import { readBatch } from './read-batch.ts'

/** The interval at which a watcher reads the batch, in ms. */
const LOOK_EVERY_MS = 500

/**
 * Yields a snapshot of a batch, and another one after each change, at most twice a second. Ends after the snapshot in
 * which the batch is finished, or when the signal is aborted. Throws `BatchNotFoundError`, including when the batch is
 * deleted meanwhile.
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

/** A cancelled batch is finished once its running tasks have ended. */
function isFinished({ state, counts }: Batch): boolean {
  return state === 'completed' || (state === 'cancelled' && counts.running === 0)
}

/** Omits the rate, the estimate and the headroom, which change with time alone. */
function fingerprint({ ratePerSecond: _rate, etaMs: _eta, headroom: _headroom, ...rest }: Batch): string {
  return JSON.stringify(rest)
}
