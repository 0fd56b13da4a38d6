import { ApiError, ConnectionError } from './errors.ts'
import type { TaskResult, TaskState } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { backoffMs } from './retry.ts'
import { readRows } from './rows.ts'
import { sleep } from './sleep.ts'
import { readText } from './stream.ts'
import type { Caller, QueryOf } from './caller.ts'

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

/** A stream of results has no heartbeat, but Redis answers each read within seconds. */
const SILENT_MS = 60_000

/** How often in a row a stream is continued in vain. */
const MAX_CONTINUATIONS = 5

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
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const row of openRows(caller, id, { state: statesOf(state), fromSeq: next, format }, options)) {
        const seq = seqOf(row)
        if (seq === undefined && hasHeader) continue
        hasHeader = true
        next = seq === undefined ? next : seq + 1
        failures = 0
        yield row
      }
      return
    } catch (error) {
      if (!isBroken(error) || failures >= MAX_CONTINUATIONS) throw error
      await sleep(backoffMs(failures), options.signal)
    }
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

async function* openRows(caller: Caller, id: string, query: QueryOf<'readResults'>, options: RequestOptions) {
  const request = { operation: 'readResults' as const, params: { id }, query }
  const { response } = await caller.transport.send(request, options, async () => undefined)
  yield* readRows(readText(response, SILENT_MS, options.signal), query.format ?? 'ndjson')
}

function isBroken(error: unknown): boolean {
  return error instanceof ConnectionError && !(error instanceof ApiError)
}
