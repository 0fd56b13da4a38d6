import type { Caller } from './caller.ts'
import { ApiError, ConnectionError } from './errors.ts'
import type { RequestOptions } from './options.ts'
import { backoffMs } from './retry.ts'
import { type RowBlock, RowCutter } from './row-cutter.ts'
import { sleep } from './sleep.ts'
import { readBytes } from './stream.ts'
import type { ApiRequest } from './transport.ts'

/** A stream of rows has no heartbeat, but Redis answers each read within seconds. */
const SILENT_MS = 60_000

/** How often in a row a stream is continued in vain. */
const MAX_CONTINUATIONS = 5

/**
 * Yields the lines of NDJSON or the rows of CSV that a stream has, in blocks of whole ones as they arrive, as fast as the
 * caller takes them. A stream that breaks is opened again.
 *
 * @param requestNow the request for the rows after those that the caller has taken.
 */
export async function* continuedRows(
  caller: Caller,
  requestNow: () => ApiRequest,
  format: 'ndjson' | 'csv',
  options: RequestOptions,
): AsyncGenerator<RowBlock> {
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const block of openRows(caller, requestNow(), format, options)) {
        failures = 0
        yield block
      }
      return
    } catch (error) {
      if (!isBroken(error) || failures >= MAX_CONTINUATIONS) throw error
      await sleep(backoffMs(failures), options.signal)
    }
  }
}

async function* openRows(
  caller: Caller,
  request: ApiRequest,
  format: 'ndjson' | 'csv',
  options: RequestOptions,
): AsyncGenerator<RowBlock> {
  const { response } = await caller.transport.send(request, options, async () => undefined)
  const cutter = new RowCutter(format)
  for await (const bytes of readBytes(response, SILENT_MS, options.signal)) yield* cutter.push(bytes)
  if (cutter.restBytes > 0) throw new ConnectionError('The stream broke off within a row.')
}

/** Reads the objects of whole lines of NDJSON. */
export function parseLines<Row>({ bytes }: RowBlock): Row[] {
  const lines = decoder.decode(bytes).split('\n')
  lines.pop()
  return lines.map((line) => JSON.parse(line) as Row)
}

const decoder = new TextDecoder()

function isBroken(error: unknown): boolean {
  return error instanceof ConnectionError && !(error instanceof ApiError)
}
