import { createParser } from 'eventsource-parser'
import { BatchInterruptedError } from './errors.ts'
import type { Batch } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { reopening, SILENT_MS } from './reopen.ts'
import { readText } from './stream.ts'
import type { Caller } from './caller.ts'

/**
 * Yields the batch at once, after each change, and a last time when it is completed or cancelled. A stream that breaks is
 * opened again.
 *
 * @throws {ApiError} when the API refuses the stream, and `ConnectionError` when it cannot be reached for about a minute.
 */
export async function* watchBatch(caller: Caller, id: string, options: RequestOptions): AsyncGenerator<Batch> {
  for await (const { event, batch } of reopening(() => readEvents(caller, id, options), options.signal)) {
    if (event === 'end') return
    yield batch
  }
}

/** What to wait for. */
export interface WaitOptions extends RequestOptions {
  /**
   * `finished`: until the batch is completed or cancelled. An interruption throws. `stopped`: until it is finished or
   * interrupted. Default `finished`.
   */
  until?: 'finished' | 'stopped' | undefined
}

/**
 * Waits for the end of a batch, and returns it.
 *
 * @throws {BatchInterruptedError} when the batch is interrupted, unless that is what is waited for.
 */
export async function waitForBatch(
  caller: Caller,
  id: string,
  { until = 'finished', ...options }: WaitOptions,
): Promise<Batch> {
  for await (const batch of watchBatch(caller, id, options)) {
    if (batch.state === 'interrupted' && until === 'finished') throw new BatchInterruptedError(batch)
    if (batch.state === 'interrupted' || isFinished(batch)) return batch
  }
  return await caller.call('readBatch', { params: { id } }, options)
}

/** A cancelled batch is finished once its running tasks have ended. */
function isFinished({ state, counts }: Batch): boolean {
  return state === 'completed' || (state === 'cancelled' && counts.running + counts.pending + counts.delayed === 0)
}

interface BatchEvent {
  event: string
  batch: Batch
}

async function* readEvents(caller: Caller, id: string, options: RequestOptions): AsyncGenerator<BatchEvent> {
  const request = { operation: 'watchBatch' as const, params: { id }, headers: { accept: 'text/event-stream' } }
  // Streams are opened again below, with more patience.
  const { response } = await caller.transport.send(request, { ...options, maxRetries: 0 }, async () => undefined)
  const events: BatchEvent[] = []
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => void events.push({ event, batch: JSON.parse(data) as Batch }),
  })
  for await (const text of readText(response, SILENT_MS, options.signal)) {
    parser.feed(text)
    yield* events.splice(0)
  }
}
