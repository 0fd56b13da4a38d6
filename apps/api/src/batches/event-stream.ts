import type { Batch } from '@sluice/engine'
import type { EventWriter } from '../http/event-writer.ts'
import { batchView } from './batch-view.ts'

/** Sends the first snapshot, each that follows, and the end of the batch unless the stream is cut before. */
export async function sendBatchEvents(
  writer: EventWriter,
  signal: AbortSignal,
  first: IteratorResult<Batch, unknown>,
  following: AsyncIterable<Batch>,
): Promise<void> {
  if (first.done) return
  const send = (event: string, batch: Batch) => writer.send(event, JSON.stringify(batchView(batch)))
  let last = first.value
  await send('snapshot', last)
  for await (const batch of following) {
    await send('change', batch)
    if (signal.aborted) return
    last = batch
  }
  await send('end', last)
}
