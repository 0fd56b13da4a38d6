import { ApiError, ConnectionError } from './errors.ts'
import type { TaskResult } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import { backoffMs } from './retry.ts'
import { sleep } from './sleep.ts'
import { readLines } from './stream.ts'
import type { Caller, QueryOf } from './caller.ts'

/** Which results to read. */
export interface ResultsOptions extends RequestOptions {
  /** Only tasks in this state. Default: all tasks. */
  state?: QueryOf<'readResults'>['state']
  /** The seq to begin with. Default 0. */
  fromSeq?: number | undefined
}

/** A stream of results has no heartbeat, but Redis answers each read within seconds. */
const SILENT_MS = 60_000

/** How often in a row a stream is continued in vain. */
const MAX_CONTINUATIONS = 5

/**
 * Yields the results of a batch in order of seq, as fast as the caller takes them. A stream that breaks is continued after
 * the last result. Each result shows its task at the moment it was read.
 */
export async function* readResults(
  caller: Caller,
  id: string,
  { state, fromSeq = 0, ...options }: ResultsOptions,
): AsyncGenerator<TaskResult> {
  let next = fromSeq
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const line of openLines(caller, id, { state, fromSeq: next }, options)) {
        const result = JSON.parse(line) as TaskResult
        next = result.seq + 1
        failures = 0
        yield result
      }
      return
    } catch (error) {
      if (!isBroken(error) || failures >= MAX_CONTINUATIONS) throw error
      await sleep(backoffMs(failures), options.signal)
    }
  }
}

async function* openLines(caller: Caller, id: string, query: QueryOf<'readResults'>, options: RequestOptions) {
  const request = { operation: 'readResults' as const, params: { id }, query }
  const { response } = await caller.transport.send(request, options, async () => undefined)
  yield* readLines(response, SILENT_MS, options.signal)
}

function isBroken(error: unknown): boolean {
  return error instanceof ConnectionError && !(error instanceof ApiError)
}
