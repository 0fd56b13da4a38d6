import { isRedisOutage } from '../http/errors/redis-outage.ts'

/** How long a process trusts what it has read. */
export interface ReadAges {
  /** Time after which something is read again, in ms: the longest time for which a missed signal matters. Default 5,000. */
  freshMs: number
  /** Time for which what was read stays valid while Redis cannot be reached, in ms. Default 60,000. */
  staleMs: number
}

/** What was read, for those who have found it once and look at it with each request. */
export interface Reading<Known> {
  readonly known: Known
  /** Until when it counts without being read again, by the monotonic clock in ms. A change of what was read ends it at once. */
  readonly freshUntil: number
}

interface Entry<Known> extends Reading<Known> {
  readAt: number
  freshUntil: number
}

/** Look-ups while Redis cannot be reached: each takes up to seconds to fail, so requests do not wait for one each. */
const RETRY_MS = 1000

/** More than are usually in use. Beyond that, those read longest ago are forgotten. */
const MAX_ENTRIES = 10_000

/**
 * What a process has read lately, by id. Something is read again after 5 seconds, and at once after a signal says that it
 * has changed. A look-up that began before the signal does not become an entry: it may have read what was before.
 *
 * While Redis cannot be reached, what was read in the last minute stays valid, and anything else is not known.
 */
export class RecentReads<Known> {
  readonly #read: (id: string) => Promise<Known | undefined>
  readonly #ages: ReadAges
  readonly #entries = new Map<string, Entry<Known>>()
  readonly #lookUps = new Map<string, Promise<Known | undefined>>()
  readonly #listeners = new Set<(id: string) => void>()

  /** @param read finds something in Redis. Undefined: it does not exist. */
  constructor(read: (id: string) => Promise<Known | undefined>, ages: Partial<ReadAges> = {}) {
    this.#read = read
    this.#ages = { freshMs: 5000, staleMs: 60_000, ...ages }
  }

  /** Returns what has an id, and a promise only if it must be read. Undefined: it does not exist. */
  find(id: string): Known | Promise<Known | undefined> {
    const entry = this.#entries.get(id)
    if (entry !== undefined && performance.now() < entry.freshUntil) return entry.known
    return this.#lookUps.get(id) ?? this.#lookUp(id)
  }

  /** Returns the reading of what has an id, if it counts now. */
  readingOf(id: string): Reading<Known> | undefined {
    const entry = this.#entries.get(id)
    return entry !== undefined && performance.now() < entry.freshUntil ? entry : undefined
  }

  /** Whether something was read in the last minute. */
  knows(id: string): boolean {
    const entry = this.#entries.get(id)
    return entry !== undefined && this.#isRecent(entry)
  }

  /** What was read in the last minute. */
  recent(): Known[] {
    return [...this.#entries.values()].filter((entry) => this.#isRecent(entry)).map(({ known }) => known)
  }

  /** A signal says that something has changed. */
  forget(id: string): void {
    this.#drop(id)
    this.#lookUps.delete(id)
    for (const listener of this.#listeners) listener(id)
  }

  /** Calls a listener for each id that has changed. Returns the function that ends it. */
  onForgotten(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #isRecent({ readAt }: Entry<Known>): boolean {
    return performance.now() - readAt < this.#ages.staleMs
  }

  #lookUp(id: string): Promise<Known | undefined> {
    const lookUp: Promise<Known | undefined> = this.#readNow(id, () => this.#lookUps.get(id) === lookUp).finally(() => {
      if (this.#lookUps.get(id) === lookUp) this.#lookUps.delete(id)
    })
    this.#lookUps.set(id, lookUp)
    return lookUp
  }

  /** @param isCurrent whether no signal has come since the look-up began. */
  async #readNow(id: string, isCurrent: () => boolean): Promise<Known | undefined> {
    const readAt = performance.now()
    try {
      const known = await this.#read(id)
      if (known === undefined && isCurrent()) this.#drop(id)
      if (known !== undefined && isCurrent()) this.#keep(id, { known, readAt, freshUntil: readAt + this.#ages.freshMs })
      return known
    } catch (error) {
      return this.#fallBack(id, error)
    }
  }

  #fallBack(id: string, error: unknown): Known {
    const entry = this.#entries.get(id)
    if (entry === undefined || !this.#isRecent(entry) || !isRedisOutage(error)) throw error
    entry.freshUntil = performance.now() + Math.min(RETRY_MS, this.#ages.freshMs)
    return entry.known
  }

  #keep(id: string, entry: Entry<Known>): void {
    this.#drop(id)
    this.#entries.set(id, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > MAX_ENTRIES && oldest !== undefined) this.#drop(oldest)
  }

  /** No signal reaches an entry that is not in the map any more, so nothing may trust its reading. */
  #drop(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.freshUntil = Number.NEGATIVE_INFINITY
    this.#entries.delete(id)
  }
}
