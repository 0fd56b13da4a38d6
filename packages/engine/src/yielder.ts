import { setImmediate } from 'node:timers/promises'

/** How long work may keep the event loop to itself, in ms. */
const SLICE_MS = 5

/** There is one event loop, so there is one order in which everybody's long work goes on. */
let lastTurn = Promise.resolve()

/**
 * Cuts long work into slices between which the event loop turns. However many pieces of long work there are, each turn
 * goes on with one of them: ten large bodies at once make no turn longer than one does.
 */
export class TimeSlice {
  #endsAt = performance.now() + SLICE_MS

  /** Whether it is time to wait for the next slice. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAt
  }

  /** Waits for the turn of the loop in which this work may go on. */
  async next(): Promise<void> {
    lastTurn = lastTurn.then(() => setImmediate())
    await lastTurn
    this.#endsAt = performance.now() + SLICE_MS
  }
}

/** Does the same with each item, in slices. */
export async function mapInSlices<From, To>(items: readonly From[], map: (item: From) => To): Promise<To[]> {
  const slice = new TimeSlice()
  const results: To[] = []
  for (const item of items) {
    if (slice.isOver) await slice.next()
    results.push(map(item))
  }
  return results
}
