/** A map of bounded size. Beyond `maxSize` keys it drops the key that was set least recently. */
export class RecentMap<Value> {
  readonly #maxSize: number
  /** A map iterates in the order of insertion, so its first key is the one that was set least recently. */
  readonly #values = new Map<string, Value>()

  constructor(maxSize: number) {
    this.#maxSize = maxSize
  }

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  delete(key: string): void {
    this.#values.delete(key)
  }

  set(key: string, value: Value): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    const [oldest] = this.#values.keys()
    if (this.#values.size > this.#maxSize && oldest !== undefined) this.#values.delete(oldest)
  }
}
