import type { Caller, QueryOf } from './caller.ts'
import { continuedLines } from './continued-lines.ts'
import type { TaskResult } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'

/** Which results to read. */
export interface ResultsOptions extends RequestOptions {
  /** Only tasks in this state. Default: all tasks. */
  state?: QueryOf<'readResults'>['state']
  /** The seq to begin with. Default 0. */
  fromSeq?: number | undefined
}

/**
 * Yields the results of a batch in order of seq, as fast as the caller takes them. A stream that breaks is continued after
 * the last result. Each result shows its task at the moment it was read.
 */
export function readResults(
  caller: Caller,
  id: string,
  { state, fromSeq = 0, ...options }: ResultsOptions,
): AsyncGenerator<TaskResult> {
  const requestOf = (last: TaskResult | undefined) => ({
    operation: 'readResults' as const,
    params: { id },
    query: { state, fromSeq: last === undefined ? fromSeq : last.seq + 1 },
  })
  return continuedLines(caller, requestOf, options)
}
