/** Something that expires at a time unless it has ended before. */
export abstract class Expiring {
  /** Its position among its deadlines, by which it is removed. A set would have to hash it, for 0.3 µs. */
  position = -1
  /** A time of `performance.now()`; `Infinity` if it never expires. */
  abstract readonly endsAt: number
  /** Called once its time has come, and again with each timer until it is removed. */
  abstract expire(): void
}

/** A timer that fires later than this was held up by a function that blocked the event loop. */
const HELD_UP_MS = 50

/** How long what has ended while the event loop was blocked has to be noticed. */
const GRACE_MS = 100

/**
 * Things that expire, each at its own time.
 *
 * After the event loop was blocked, its timers fire before the data is read that has arrived meanwhile. A response that
 * came in time would then have timed out, because of a handler of another task. So when the timer is late, what is overdue
 * expires a little later.
 *
 * One timer serves all of them. It is set for the earliest end, so that what ends in time, as nearly everything does,
 * costs no timer: one timer each took 1 µs of an http call, most of it for garbage collection.
 */
export class Deadlines<Item extends Expiring> {
  readonly #items: Item[] = []
  #timer: NodeJS.Timeout | undefined
  #timerEndsAt = Infinity
  /** When the timer should fire, by performance.now(). */
  #dueAt = Infinity
  /** Whether the timer that is set ends a grace period. */
  #isGrace = false

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
    const now = performance.now()
    this.#timerEndsAt = endsAt
    // A time in the past would make Node print a warning.
    this.#dueAt = Math.max(now, endsAt)
    this.#timer = setTimeout(() => this.#onTimer(), this.#dueAt - now).unref()
  }

  #onTimer(): void {
    const now = performance.now()
    const isHeldUp = !this.#isGrace && now - this.#dueAt > HELD_UP_MS
    this.#isGrace = isHeldUp
    if (isHeldUp) this.#setTimer(now + GRACE_MS)
    else this.#expireOverdue(now)
  }

  /** A timer may fire up to a millisecond early. What is not quite overdue waits for the next timer. */
  #expireOverdue(now: number): void {
    let next = Infinity
    this.forEach((item) => {
      if (item.endsAt <= now) item.expire()
      else next = Math.min(next, item.endsAt)
    })
    this.#timerEndsAt = Infinity
    if (next < Infinity) this.#setTimer(next)
  }
}
