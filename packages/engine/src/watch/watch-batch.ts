import { readBatch } from '../batch/read-batch.ts'
import type { Engine } from '../engine.ts'
import type { Batch } from '../model/batch.ts'
import { batchContent } from './batch-content.ts'
import { type Look, Lookouts, News } from './lookout.ts'

/** The interval at which a watched batch is read, in ms. */
const LOOK_EVERY_MS = 500

/** A batch as one look saw it. */
interface BatchLook extends Look {
  batch: Batch
}

const lookouts = new Lookouts<BatchLook>()

/**
 * Yields a snapshot of a batch, and another one after each change, at most twice a second. A watcher that is slow to ask
 * for the next one gets the latest. Ends after the snapshot in which the batch is finished, or when the signal is
 * aborted. Throws `BatchNotFoundError`, including when the batch is deleted meanwhile.
 *
 * All watchers of a batch share one lookout, so that a thousand of them cost Redis as much as one.
 */
export async function* watchBatch(
  engine: Engine,
  batchId: string,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<Batch> {
  const look = () => lookAt(engine, batchId)
  let shown = await look()
  yield shown.batch
  const news = new News<BatchLook>()
  const begin = () => ({ look, everyMs: LOOK_EVERY_MS })
  const leave = isFinished(shown.batch) ? () => {} : lookouts.find(engine, batchId, begin).join(news)
  const stop = () => news.wake()
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted && !isFinished(shown.batch)) {
      const latest = await news.take()
      // A look that began before this watcher's own may be older.
      if (latest === undefined || latest.begunAt < shown.begunAt || latest.content === shown.content) continue
      shown = latest
      yield shown.batch
    }
  } finally {
    signal.removeEventListener('abort', stop)
    leave()
  }
}

async function lookAt(engine: Engine, batchId: string): Promise<BatchLook> {
  const begunAt = performance.now()
  const batch = await readBatch(engine, batchId)
  return { batch, begunAt, content: batchContent(batch) }
}

/** A cancelled batch is finished once its running tasks have ended, and its leased ones have been released. */
function isFinished({ state, counts }: Batch): boolean {
  return state === 'completed' || (state === 'cancelled' && counts.running + counts.pending + counts.delayed === 0)
}
