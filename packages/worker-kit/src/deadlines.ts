/** Something that expires at a time unless it has ended before. */
export abstract class Expiring {
  /** Its position among its deadlines, by which it is removed. A set would have to hash it, for 0.3 µs. */
  position = -1
  /** A time of `performance.now()`; `Infinity` if it never expires. */
  abstract readonly endsAt: number
  /** Called once its time has come, and again with each timer until it is removed. */
  abstract expire(): void
}

/**
 * Things that expire, each at its own time.
 *
 * One timer serves all of them. It is set for the earliest end, so that what ends in time, as nearly everything does,
 * costs no timer: one timer each took 1 µs of an http call, most of it for garbage collection.
 */
export class Deadlines<Item extends Expiring> {
  readonly #items: Item[] = []
  #timer: NodeJS.Timeout | undefined
  #timerEndsAt = Infinity

  add(item: Item): void {
    item.position = this.#items.length
    this.#items.push(item)
    if (item.endsAt < this.#timerEndsAt) this.#setTimer(item.endsAt)
  }

  /** An item may be removed more than once. The last item takes its place. */
  remove(item: Item): void {
    const { position } = item
    if (this.#items[position] !== item) return
    item.position = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    last.position = position
    this.#items[position] = last
  }

  get count(): number {
    return this.#items.length
  }

  /** Calls a function for each item, which may remove the item. */
  forEach(call: (item: Item) => void): void {
    // Backwards: the item that takes the place of a removed one has had its turn.
    for (let i = this.#items.length - 1; i >= 0; i -= 1) {
      const item = this.#items[i]
      if (item) call(item)
    }
  }

  #setTimer(endsAt: number): void {
    clearTimeout(this.#timer)
    this.#timerEndsAt = endsAt
    // A time in the past would make Node print a warning.
    const waitMs = Math.max(0, endsAt - performance.now())
    this.#timer = setTimeout(() => this.#expireOverdue(), waitMs).unref()
  }

  /** A timer may fire up to a millisecond early. What is not quite overdue waits for the next timer. */
  #expireOverdue(): void {
    const now = performance.now()
    let next = Infinity
    this.forEach((item) => {
      if (item.endsAt <= now) item.expire()
      else next = Math.min(next, item.endsAt)
    })
    this.#timerEndsAt = Infinity
    if (next < Infinity) this.#setTimer(next)
  }
}
