/** Long enough to limit load and log entries, short enough that recovery is not noticeably delayed. */
const REST_MS = 1000

/** How long BullMQ itself pauses after a lost connection. Its default is 15 s. */
export const RUN_RETRY_DELAY_MS = REST_MS

/** The part of a BullMQ worker that this module uses. */
interface Pausable {
  on(event: 'error', listener: () => void): unknown
  pause(doNotWaitActive: boolean): Promise<void>
  resume(): Promise<void>
}

/**
 * Pauses a worker for one second after an error. Otherwise BullMQ retries immediately when Redis replies with an error,
 * as a full Redis does: thousands of times a second, each with a log entry.
 *
 * Returns the function that stops this. Call it before closing the worker.
 */
export function restAfterErrors(worker: Pausable): () => void {
  let timer: NodeJS.Timeout | undefined
  worker.on('error', () => {
    if (timer) return
    // `true`: do not wait for the current jobs, which continue.
    void worker.pause(true)
    timer = setTimeout(() => {
      timer = undefined
      void worker.resume()
    }, REST_MS)
  })
  return () => clearTimeout(timer)
}
