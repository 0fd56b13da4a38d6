import type { Caller } from './caller.ts'
import { continuedRows, parseLines } from './continued-rows.ts'
import type { TaskResult, TaskState } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import type { RowBlock } from './row-cutter.ts'

/** Which results to read. */
export interface ResultsOptions extends RequestOptions {
  /** Only tasks in this state, or in one of these. Default: all tasks. */
  state?: TaskState | readonly TaskState[] | undefined
  /** The seq to begin with. Default 0. */
  fromSeq?: number | undefined
}

/** How to download results. */
export interface DownloadOptions extends ResultsOptions {
  /** `csv`: rows after one with the names of the columns. Default `ndjson`. */
  format?: 'ndjson' | 'csv' | undefined
  /** Whether CSV begins with the names of the columns. Default true. */
  header?: boolean | undefined
}

/**
 * Yields the results of a batch in order of seq, as fast as the caller takes them. A stream that breaks is continued after
 * the last result. Each result shows its task at the moment it was read.
 */
export async function* readResults(caller: Caller, id: string, options: ResultsOptions): AsyncGenerator<TaskResult> {
  for await (const block of resultBlocks(caller, id, { ...options, format: 'ndjson' }))
    yield* parseLines<TaskResult>(block)
}

/**
 * Yields the results of a batch as the API writes them: blocks of whole lines or rows, as they arrive. A stream that breaks
 * is continued after the last of them.
 */
export async function* downloadResults(
  caller: Caller,
  id: string,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of resultBlocks(caller, id, options)) yield bytes
}

async function* resultBlocks(
  caller: Caller,
  id: string,
  { state, fromSeq = 0, format = 'ndjson', header = true, ...options }: DownloadOptions,
): AsyncGenerator<RowBlock> {
  let next = fromSeq
  let hasHeader = !header
  const requestNow = () => ({
    operation: 'readResults' as const,
    params: { id },
    query: { state: statesOf(state), fromSeq: next, format },
  })
  for await (const block of continuedRows(caller, requestNow, format, options)) {
    // A stream that was opened again begins with the names of the columns, too.
    const wanted = format === 'csv' && hasHeader ? withoutHeader(block) : block
    hasHeader = true
    next = (seqOf(block) ?? next - 1) + 1
    if (wanted.bytes.length > 0) yield wanted
  }
}

function statesOf(state: ResultsOptions['state']): TaskState[] | undefined {
  return state === undefined ? undefined : [state].flat()
}

const [LINE_BREAK, LOWER_S] = [0x0a, 0x73]

/** The names of the columns begin with a letter, and all other rows with a number. */
function withoutHeader({ bytes, lastRow }: RowBlock): RowBlock {
  if (bytes[0] !== LOWER_S) return { bytes, lastRow }
  const start = bytes.indexOf(LINE_BREAK) + 1
  return { bytes: bytes.subarray(start), lastRow: Math.max(0, lastRow - start) }
}

/** The seq with which the last row of a block begins. Undefined: it has the names of the columns. */
function seqOf({ bytes, lastRow }: RowBlock): number | undefined {
  const start = String.fromCharCode(...bytes.subarray(lastRow, lastRow + 30))
  const [, seq] = /^(?:\{"seq":)?(\d+),/.exec(start) ?? []
  return seq === undefined ? undefined : Number(seq)
}
