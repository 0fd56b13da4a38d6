import { createHash } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import type { Batch, Sluice, TaskResult, TaskState } from '@sluice/client'
import { CommandError, UsageError } from '../exit-codes.ts'
import { write } from '../output/print.ts'
import type { Layout } from './layout.ts'
import { NOTHING, type Part, readPart } from './part.ts'

/** Which results to download, and to where. */
export interface Download {
  batch: string
  /** Default: stdout. */
  file?: string | undefined
  layout: Layout
  /** Default: tasks in any state. */
  state?: TaskState | readonly TaskState[] | undefined
  signal?: AbortSignal | undefined
}

/**
 * Downloads the results of a batch, in order of seq. A file is complete when it has its name. Until then it is
 * `<file>.<id>.part`, where the id stands for the batch and the options: the same download of a finished batch goes on
 * after the last complete line.
 *
 * @throws {UsageError} for a file that cannot be written, and {CommandError} when the disk is full, or after Ctrl-C.
 */
export async function download(sluice: Sluice, { batch, file, layout, state, signal }: Download): Promise<void> {
  const from = (part: Part) =>
    layout.read({ batches: sluice.batches, batch, state, signal }, layout.nextSeq(part), part.bytes === 0)
  if (file === undefined) {
    for await (const lines of from(NOTHING)) await write(lines)
    return
  }
  const described = await sluice.batches.get(batch, { signal })
  const path = `${file}.${partId(described, layout, state)}.part`
  const isFinal = described.finishedAt !== null
  try {
    // The results of an active batch may change behind the last line.
    const part = isFinal ? await readPart(path, layout.format === 'csv') : NOTHING
    await writePart(path, part, from(part))
    await rename(path, file)
  } catch (error) {
    const isInterrupted = error instanceof CommandError && error === signal?.reason
    throw isInterrupted && isFinal ? new CommandError(howToContinue(path), error.exitCode) : explain(error, path)
  }
}

/** A retry of the batch changes its results, and `finishedAt`. */
function partId({ id, finishedAt }: Batch, layout: Layout, state: Download['state']): string {
  const what = JSON.stringify([id, finishedAt, layout.id, state])
  return createHash('sha256').update(what).digest('hex').slice(0, 8)
}

/** Each write ends before the next lines are read, so that no more than these are in memory. */
async function writePart(path: string, { bytes }: Part, lines: AsyncIterable<string | Uint8Array>): Promise<void> {
  const part = await open(path, bytes > 0 ? 'a' : 'w')
  try {
    await part.truncate(bytes)
    for await (const block of lines) await part.appendFile(block)
  } finally {
    await part.close()
  }
}

function explain(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return new CommandError(`The disk is full. ${howToContinue(path)}`, 1)
  return syscall === undefined ? error : new UsageError(`${path} cannot be written (${code}).`)
}

function howToContinue(path: string): string {
  return `The next download continues ${path}, which has what was written.`
}

/** What `downloadParts` does, besides a `Download`. */
export interface SplitDownload extends Omit<Download, 'file' | 'state'> {
  file: string
}

/** The states in which tasks end. */
const ENDED = ['completed', 'failed', 'cancelled'] as const

/** Downloads the results of each end apart: `out.csv` becomes `out.completed.csv`, and so on. Returns the files. */
export async function downloadSplit(sluice: Sluice, { file, batch, ...rest }: SplitDownload): Promise<string[]> {
  const { counts } = await sluice.batches.get(batch, { signal: rest.signal })
  const states = ENDED.filter((state) => state !== 'cancelled' || counts.cancelled > 0)
  const files = states.map((state) => splitName(file, state))
  for (const [i, state] of states.entries()) await download(sluice, { ...rest, batch, state, file: files[i] })
  return files
}

function splitName(file: string, state: string): string {
  const dot = file.lastIndexOf('.')
  return dot > file.lastIndexOf('/') + 1 ? `${file.slice(0, dot)}.${state}${file.slice(dot)}` : `${file}.${state}`
}

/**
 * Yields the results of a batch in order of seq as their tasks end, until the batch ends or is interrupted. A task that
 * runs for long holds those after it back.
 */
export async function* followResults(sluice: Sluice, batch: string, signal: AbortSignal): AsyncGenerator<TaskResult> {
  let next = 0
  for await (const { state } of watchAndEnd(sluice, batch, signal)) {
    for await (const result of sluice.batches.results(batch, { fromSeq: next, signal })) {
      if (!ENDED.some((end) => end === result.state)) break
      yield result
      next = result.seq + 1
    }
    if (state === 'interrupted') return
  }
}

/** The stream ends with the batch. What ended with it comes after its last snapshot. */
async function* watchAndEnd(sluice: Sluice, batch: string, signal: AbortSignal): AsyncGenerator<Batch> {
  yield* sluice.batches.watch(batch, { signal })
  yield await sluice.batches.get(batch, { signal })
}
