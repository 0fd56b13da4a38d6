/** Long enough to spare Redis and the log, short enough not to be noticed when all is well again. */
const REST_MS = 1000

/** After a lost connection BullMQ rests by itself, for 15 s unless told otherwise. */
export const RUN_RETRY_DELAY_MS = REST_MS

/** What is needed of a BullMQ worker, whatever its jobs are. */
interface Pausable {
  on(event: 'error', listener: () => void): unknown
  pause(doNotWaitActive: boolean): Promise<void>
  resume(): Promise<void>
}

/**
 * Has a worker take nothing for a second after an error. Without it BullMQ asks again at once when Redis answers with an
 * error, as a full one does: thousands of times a second, with an entry in the log each.
 *
 * Returns the function that ends it, to be called before the worker is closed.
 */
export function restAfterErrors(worker: Pausable): () => void {
  let timer: NodeJS.Timeout | undefined
  worker.on('error', () => {
    if (timer) return
    // Jobs that run go on; nobody waits for them here.
    void worker.pause(true)
    timer = setTimeout(() => {
      timer = undefined
      void worker.resume()
    }, REST_MS)
  })
  return () => clearTimeout(timer)
}
