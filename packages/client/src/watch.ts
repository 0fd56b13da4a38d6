import { createParser } from 'eventsource-parser'
import { ApiError, BatchInterruptedError, ConnectionError } from './errors.ts'
import type { Batch } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { backoffMs } from './retry.ts'
import { sleep } from './sleep.ts'
import { readText } from './stream.ts'
import type { Caller } from './caller.ts'

/** The API sends a heartbeat every 15 s, so a stream that is silent for longer is broken. */
const SILENT_MS = 45_000

/** How often in a row a stream is opened again in vain: for about a minute. */
const MAX_REOPENINGS = 10

/**
 * Yields the batch at once, after each change, and a last time when it is completed or cancelled. A stream that breaks is
 * opened again.
 *
 * @throws {ApiError} when the API refuses the stream, and `ConnectionError` when it cannot be reached for about a minute.
 */
export async function* watchBatch(caller: Caller, id: string, options: RequestOptions): AsyncGenerator<Batch> {
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const { event, batch } of readEvents(caller, id, options)) {
        failures = 0
        if (event !== 'end') yield batch
        else return
      }
    } catch (error) {
      if (!isBroken(error) || failures >= MAX_REOPENINGS) throw error
    }
    await sleep(backoffMs(failures), options.signal)
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

function isBroken(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ApiError && error.status >= 502 && error.status !== 507)
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
