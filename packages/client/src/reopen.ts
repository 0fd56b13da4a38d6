import { ApiError, ConnectionError } from './errors.ts'
import { backoffMs } from './retry.ts'
import { sleep } from './sleep.ts'

/** The API sends a heartbeat every 15 s, so a stream that is silent for longer is broken. */
export const SILENT_MS = 45_000

/** How often in a row a stream is opened again in vain: for about a minute. */
const MAX_REOPENINGS = 10

/**
 * Yields what a stream does, and opens it again when it ends or breaks.
 *
 * @throws {ApiError} when the API refuses the stream, and `ConnectionError` when it cannot be reached for about a minute.
 */
export async function* reopening<Event>(
  open: () => AsyncGenerator<Event>,
  signal?: AbortSignal,
): AsyncGenerator<Event> {
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const event of open()) {
        failures = 0
        yield event
      }
    } catch (error) {
      if (!isBroken(error) || failures >= MAX_REOPENINGS) throw error
    }
    await sleep(backoffMs(failures), signal)
  }
}

function isBroken(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof ApiError && error.status >= 502 && error.status !== 507)
}
