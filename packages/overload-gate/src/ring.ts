/**
 * A first-in-first-out queue in an array of fixed length. Its capacity is a power of two, so that a mask maps ever-growing
 * positions to places. Removing an item from the middle leaves a hole, which is skipped later; the item itself is
 * dereferenced at once.
 */
export class Ring<T> {
  readonly #items: (T | undefined)[]
  readonly #mask: number
  #head = 0
  #tail = 0
  #size = 0

  /** @param capacity a power of two. */
  constructor(capacity: number) {
    this.#items = Array.from<T | undefined>({ length: capacity })
    this.#mask = capacity - 1
  }

  /** The number of items. */
  get size(): number {
    return this.#size
  }

  /** Whether no place is left at the tail. Holes take places until the head has passed them. */
  get isFull(): boolean {
    return this.#tail - this.#head > this.#mask
  }

  /** Appends an item to a ring that is not full, and returns the position for `remove`. */
  push(item: T): number {
    this.#items[this.#tail & this.#mask] = item
    this.#size += 1
    this.#tail += 1
    return this.#tail - 1
  }

  /** Empties the place of an item that is still in the ring. */
  remove(position: number): void {
    this.#items[position & this.#mask] = undefined
    this.#size -= 1
    this.#skipHoles()
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#items[this.#head & this.#mask]
  }

  /** Removes the oldest item and returns it. */
  shift(): T | undefined {
    const item = this.peek()
    if (item !== undefined) this.remove(this.#head)
    return item
  }

  #skipHoles(): void {
    while (this.#head < this.#tail && this.peek() === undefined) this.#head += 1
  }
}
