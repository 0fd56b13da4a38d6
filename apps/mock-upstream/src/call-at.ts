/**
 * Calls back at the given moment of `performance.now()`, and at once when it has passed. Never sooner: Node's timers
 * may fire up to a millisecond early, and earlier still when set late in a long tick of the event loop.
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
