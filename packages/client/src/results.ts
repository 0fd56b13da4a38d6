import type { Caller } from './caller.ts'
import { continuedRows } from './continued-rows.ts'
import type { TaskResult, TaskState } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'

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
}

/**
 * Yields the results of a batch in order of seq, as fast as the caller takes them. A stream that breaks is continued after
 * the last result. Each result shows its task at the moment it was read.
 */
export async function* readResults(caller: Caller, id: string, options: ResultsOptions): AsyncGenerator<TaskResult> {
  for await (const line of downloadResults(caller, id, { ...options, format: 'ndjson' }))
    yield JSON.parse(line) as TaskResult
}

/**
 * Yields the results of a batch as the API writes them: a line or a row at a time, with its line break. A stream that breaks
 * is continued after the last of them.
 */
export async function* downloadResults(
  caller: Caller,
  id: string,
  { state, fromSeq = 0, format = 'ndjson', ...options }: DownloadOptions,
): AsyncGenerator<string> {
  let next = fromSeq
  let hasHeader = false
  const requestNow = () => ({
    operation: 'readResults' as const,
    params: { id },
    query: { state: statesOf(state), fromSeq: next, format },
  })
  for await (const row of continuedRows(caller, requestNow, format, options)) {
    const seq = seqOf(row)
    // A stream that was opened again begins with the names of the columns, too.
    if (seq === undefined && hasHeader) continue
    hasHeader = true
    next = seq === undefined ? next : seq + 1
    yield row
  }
}

function statesOf(state: ResultsOptions['state']): TaskState[] | undefined {
  return state === undefined ? undefined : [state].flat()
}

/** The seq with which each line and each row begins. Undefined: the names of the columns. */
function seqOf(row: string): number | undefined {
  const [, seq] = /^(?:\{"seq":)?(\d+),/.exec(row) ?? []
  return seq === undefined ? undefined : Number(seq)
}
