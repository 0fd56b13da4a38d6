import { setImmediate } from 'node:timers/promises'

/** How long work may occupy the event loop without yielding, in ms. */
const MAX_BUSY_MS = 5

/** All long work shares one event loop, so all yielders share one queue. */
let lastYield = Promise.resolve()

/**
 * Lets long work yield to the event loop every 5 ms. Each tick continues only one piece of long work, so that ten large
 * bodies at once make no tick longer than one does.
 */
export class Yielder {
  #dueAt = performance.now() + MAX_BUSY_MS

  /** True once the work has run for 5 ms and should yield. */
  get isDue(): boolean {
    return performance.now() >= this.#dueAt
  }

  /** Waits for the tick in which this work may continue. */
  async yield(): Promise<void> {
    lastYield = lastYield.then(() => setImmediate())
    await lastYield
    this.#dueAt = performance.now() + MAX_BUSY_MS
  }
}

/** Maps each item, and yields to the event loop every 5 ms. */
export async function mapYielding<From, To>(items: readonly From[], map: (item: From) => To): Promise<To[]> {
  const yielder = new Yielder()
  const results: To[] = []
  for (const item of items) {
    if (yielder.isDue) await yielder.yield()
    results.push(map(item))
  }
  return results
}
