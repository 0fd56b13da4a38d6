import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BatchView, ReportView } from '@sluice/contracts'
import { readEvents } from './read-events.ts'
import type { Api } from './request.ts'
import type { Progress } from './show-progress.ts'

/** The number of lines per chunk of the upload, as in a client that reads a file in chunks. */
const LINES_AT_ONCE = 500

/** Sends tasks as one NDJSON stream. */
export async function uploadTasks(
  send: Api,
  batchUrl: string,
  { count, taskOf }: { count: number; taskOf: (i: number) => object },
): Promise<void> {
  function* lines() {
    for (let first = 0; first < count; first += LINES_AT_ONCE) {
      const some = Array.from({ length: Math.min(LINES_AT_ONCE, count - first) }, (_, i) => taskOf(first + i))
      yield Buffer.from(some.map((task) => `${JSON.stringify(task)}\n`).join(''))
    }
  }
  await send(`${batchUrl}/tasks`, 'POST', Readable.toWeb(Readable.from(lines())))
}

/**
 * Follows the event stream of a batch until `isOver`, and returns the batch as of that event.
 *
 * @throws {Error} when the stream ends first.
 */
export async function followBatch(
  send: Api,
  batchUrl: string,
  { progress, isOver }: { progress: Progress; isOver: (batch: BatchView) => boolean },
): Promise<BatchView> {
  for await (const { data } of readEvents(await send(`${batchUrl}/events`))) {
    const batch = JSON.parse(data) as BatchView
    if (isOver(batch)) {
      progress.end(batch)
      return batch
    }
    progress.show(batch)
  }
  throw new Error('The event stream ended before the batch finished.')
}

/** Reads the report of a batch. */
export async function readReport(send: Api, batchUrl: string): Promise<ReportView> {
  return (await (await send(`${batchUrl}/report`)).json()) as ReportView
}

/** Saves the results of a batch to a file, one line of JSON per task. */
export async function saveResults(send: Api, batchUrl: string, file: string): Promise<void> {
  const { body } = await send(`${batchUrl}/results`)
  if (body) await pipeline(Readable.fromWeb(body), createWriteStream(file))
}
