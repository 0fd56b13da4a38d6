import type { Batch, Sluice } from '@sluice/client'
import type { Progress } from './show-progress.ts'

/** Shows the progress of a batch until it is completed, or stops itself, and returns it as of then. */
export async function followBatch(sluice: Sluice, id: string, progress: Progress): Promise<Batch> {
  for await (const batch of sluice.batches.watch(id)) {
    if (batch.state === 'active') {
      progress.show(batch)
      continue
    }
    progress.end(batch)
    return batch
  }
  throw new Error(`The stream of batch ${id} ended before the batch did.`)
}
