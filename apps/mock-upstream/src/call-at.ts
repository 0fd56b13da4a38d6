/**
 * Calls back at a moment of `performance.now()`, or at once if it has passed. It never calls back early. Node's timers
 * may fire up to a millisecond early, and even earlier if they are set late in a long tick of the event loop.
 *
 * @returns a function that cancels the call.
 */
export function callAt(dueMs: number, call: () => void): () => void {
  let timer: NodeJS.Timeout | undefined

  function wait(): void {
    const leftMs = dueMs - performance.now()
    if (leftMs <= 0) call()
    else timer = setTimeout(wait, Math.ceil(leftMs))
  }

  wait()
  return () => clearTimeout(timer)
}
