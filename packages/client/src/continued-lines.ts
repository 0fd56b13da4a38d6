import type { Caller } from './caller.ts'
import { ApiError, ConnectionError } from './errors.ts'
import type { RequestOptions } from './options.ts'
import { backoffMs } from './retry.ts'
import { sleep } from './sleep.ts'
import { readLines } from './stream.ts'
import type { ApiRequest } from './transport.ts'

/** A stream of lines has no heartbeat, but Redis answers each read within seconds. */
const SILENT_MS = 60_000

/** How often in a row a stream is continued in vain. */
const MAX_CONTINUATIONS = 5

/**
 * Yields the objects in a stream of NDJSON, as fast as the caller takes them. A stream that breaks is continued after the
 * last object.
 *
 * @param requestOf opens the stream after an object. Undefined: from the beginning.
 */
export async function* continuedLines<Row>(
  caller: Caller,
  requestOf: (last: Row | undefined) => ApiRequest,
  options: RequestOptions,
): AsyncGenerator<Row> {
  let last: Row | undefined
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const line of openLines(caller, requestOf(last), options)) {
        last = JSON.parse(line) as Row
        failures = 0
        yield last
      }
      return
    } catch (error) {
      if (!isBroken(error) || failures >= MAX_CONTINUATIONS) throw error
      await sleep(backoffMs(failures), options.signal)
    }
  }
}

async function* openLines(caller: Caller, request: ApiRequest, options: RequestOptions) {
  const { response } = await caller.transport.send(request, options, async () => undefined)
  yield* readLines(response, SILENT_MS, options.signal)
}

function isBroken(error: unknown): boolean {
  return error instanceof ConnectionError && !(error instanceof ApiError)
}
