import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import type { Sluice, TaskResult, TaskState } from '@sluice/client'
import { UsageError } from './exit-codes.ts'
import { csvRow } from './output/csv.ts'
import { write } from './output/print.ts'

/** The formats of results. */
export const RESULT_FORMATS = ['ndjson', 'csv'] as const

export type ResultFormat = (typeof RESULT_FORMATS)[number]

/** Which results to download, and to where. */
export interface Download {
  batch: string
  /** Default: stdout. */
  file?: string | undefined
  /** Default: by the name of the file, otherwise NDJSON. */
  format?: ResultFormat | undefined
  state?: TaskState | undefined
  signal?: AbortSignal | undefined
}

const CSV_FIELDS = ['seq', 'key', 'state', 'attempts', 'finishedAt', 'durationMs', 'result', 'error'] as const

/** Characters written at once. */
const CHUNK_LENGTH = 64 * 1024

/**
 * Downloads the results of a batch, in order of seq. A file is complete when it has its name: until then, it is
 * `<file>.part`. Throws a `UsageError` for a file that cannot be written.
 */
export async function download(sluice: Sluice, { batch, file, format, state, signal }: Download): Promise<number> {
  const lines = linesOf(sluice.batches.results(batch, { state, signal }), format ?? formatOf(file))
  if (file === undefined) return await writeAll(lines, write)
  const part = `${file}.part`
  const stream = createWriteStream(part)
  try {
    const rows = await writeAll(lines, (text) => writeTo(stream, text))
    await close(stream)
    await rename(part, file)
    return rows
  } catch (error) {
    stream.destroy()
    throw explain(error, part)
  }
}

function formatOf(file: string | undefined): ResultFormat {
  return file?.endsWith('.csv') === true ? 'csv' : 'ndjson'
}

async function* linesOf(results: AsyncIterable<TaskResult>, format: ResultFormat): AsyncGenerator<string> {
  if (format === 'csv') yield csvRow(CSV_FIELDS)
  for await (const result of results) {
    yield format === 'csv' ? csvRow(CSV_FIELDS.map((field) => result[field])) : `${JSON.stringify(result)}\n`
  }
}

async function writeAll(lines: AsyncIterable<string>, send: (text: string) => Promise<void>): Promise<number> {
  let rows = 0
  let chunk = ''
  for await (const line of lines) {
    rows += 1
    chunk += line
    if (chunk.length < CHUNK_LENGTH) continue
    await send(chunk)
    chunk = ''
  }
  if (chunk !== '') await send(chunk)
  return rows
}

async function writeTo(stream: WriteStream, text: string): Promise<void> {
  if (stream.errored) throw stream.errored
  if (!stream.write(text)) await once(stream, 'drain')
}

async function close(stream: WriteStream): Promise<void> {
  stream.end()
  await once(stream, 'close')
  if (stream.errored) throw stream.errored
}

function explain(error: unknown, part: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC') return new UsageError(`The disk is full. ${part} has what was written; run the command again.`)
  return syscall === undefined ? error : new UsageError(`${part} cannot be written (${code}).`)
}
