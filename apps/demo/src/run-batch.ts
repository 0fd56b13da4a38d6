import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { BatchView, ReportView } from '@sluice/contracts'
import { readEvents } from './read-events.ts'
import { request } from './request.ts'
import type { Progress } from './show-progress.ts'

/** Tasks are sent in pieces of this many lines, as a client that reads them from a file does. */
const LINES_AT_ONCE = 500

/** Sends tasks as one NDJSON stream. */
export async function uploadTasks(batchUrl: string, count: number, taskOf: (i: number) => object): Promise<void> {
  function* lines() {
    for (let first = 0; first < count; first += LINES_AT_ONCE) {
      const some = Array.from({ length: Math.min(LINES_AT_ONCE, count - first) }, (_, i) => taskOf(first + i))
      yield Buffer.from(some.map((task) => `${JSON.stringify(task)}\n`).join(''))
    }
  }
  await request(`${batchUrl}/tasks`, 'POST', Readable.toWeb(Readable.from(lines())))
}

/** Follows a batch's event stream until `isOver`, and returns that state of the batch. */
export async function followBatch(
  batchUrl: string,
  progress: Progress,
  isOver: (batch: BatchView) => boolean,
): Promise<BatchView> {
  for await (const { data } of readEvents(await request(`${batchUrl}/events`))) {
    const batch = JSON.parse(data) as BatchView
    if (isOver(batch)) {
      progress.end(batch)
      return batch
    }
    progress.show(batch)
  }
  throw new Error('The event stream ended before the batch did.')
}

/** Reads the report of a batch. */
export async function readReport(batchUrl: string): Promise<ReportView> {
  return (await (await request(`${batchUrl}/report`)).json()) as ReportView
}

/** Saves the record of each task, one JSON line each. */
export async function saveResults(batchUrl: string, file: string): Promise<void> {
  const { body } = await request(`${batchUrl}/results`)
  if (body) await pipeline(Readable.fromWeb(body), createWriteStream(file))
}
