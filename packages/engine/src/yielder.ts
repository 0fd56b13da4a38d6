import { setImmediate } from 'node:timers/promises'

/** How long work may occupy the event loop without yielding, in ms. */
const MAX_BUSY_MS = 5

/** All long work shares one event loop, so it takes turns in one order. */
let lastYield = Promise.resolve()

/**
 * Lets long work yield to the event loop every 5 ms. However many pieces of long work there are, one of them continues in
 * each tick: ten large bodies at once make no tick longer than one does.
 */
export class Yielder {
  #dueAt = performance.now() + MAX_BUSY_MS

  /** Whether the work should yield now. */
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

/** Maps each item, yielding to the event loop when it is due. */
export async function mapYielding<From, To>(items: readonly From[], map: (item: From) => To): Promise<To[]> {
  const yielder = new Yielder()
  const results: To[] = []
  for (const item of items) {
    if (yielder.isDue) await yielder.yield()
    results.push(map(item))
  }
  return results
}
