const FIRST_WINDOW = 4
const MAX_WINDOW = 256

/**
 * One task waits for its time, and the next one asks in the same call. With a window of one, each start took two calls: one
 * that is refused and says when to ask again, and one that is granted.
 */
const MIN_WINDOW = 2

/** The window grows only while permits start sooner than this: then the limit has room that nothing uses. */
const PLENTY_US = 100_000

/** The most that an admitted ticket may linger, and its share of the time until the last permit starts. */
const MAX_LINGER_MS = 10
const LINGER_SHARE = 0.125

/** A ticket that waits for its admission. */
interface Parked {
  admit: () => void
}

/**
 * Bounds how many tickets of a process hold a task that waits for its permit. The others are parked without a lease, so
 * that a crash costs them no attempt, and other processes find tasks.
 *
 * The window grows by what was granted while the limit has room, and halves when a task is refused: additive increase and
 * multiplicative decrease share a limit evenly between processes (Chiu and Jain, 1989).
 */
export class Admissions {
  #window = FIRST_WINDOW
  #admitted = 0
  #isClosed = false
  #lastStartsInUs = 0
  #isScarce = false
  /** Whether tickets are admitted now. It begins when half of the window is empty, so that many tickets share a call. */
  #isFilling = true
  /** The tickets that wait, by batch. The first batch gets the next admission, and then goes to the end of the line. */
  readonly #parked = new Map<string, Parked[]>()

  /** Whether the limit, and not the number of slots, bounds how many tasks start, as far as the last reply tells. */
  get isScarce(): boolean {
    return this.#isScarce
  }

  /**
   * How long the turn of an admitted ticket may wait for other turns, in ms. Permits that start later keep the limit in
   * use meanwhile. 0 while permits start at once: the limit is out of reach, and a turn that waits would leave a slot idle.
   */
  get lingerMs(): number {
    return Math.min((this.#lastStartsInUs / 1000) * LINGER_SHARE, MAX_LINGER_MS)
  }

  /** Admits a ticket at once if the window has room and no other ticket waits. */
  tryAdmit(): boolean {
    if (this.#parked.size > 0 || !this.#hasRoom()) return false
    this.#admitted += 1
    return true
  }

  /**
   * Admits a ticket of a batch that has just run a task, so that the turn that records the task reserves the next one: else
   * a parked ticket would need a turn for it. It goes before parked tickets of its batch, but not before those of others. It
   * does not wait for the time of refused tasks: the next task asks together with them.
   */
  tryAdmitAgain(batchId: string): boolean {
    const hasRivals = this.#parked.size > (this.#parked.has(batchId) ? 1 : 0)
    if (hasRivals || !this.#hasWindow()) return false
    this.#admitted += 1
    return true
  }

  /** Resolves to true once the ticket of a batch is admitted, or to false once the signal is aborted. */
  async admit(batchId: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (this.tryAdmit()) return true
    return await new Promise((resolve) => {
      const onAbort = () => {
        this.#unpark(batchId, parked)
        resolve(false)
      }
      const parked = {
        admit: () => {
          signal.removeEventListener('abort', onAbort)
          resolve(true)
        },
      }
      this.#park(batchId, parked)
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Ends an admission: its task has started, or none was leased. */
  leave(): void {
    this.#admitted -= 1
    this.#admitParked()
  }

  /** Admits nothing while tasks that were refused wait for their time. */
  set isClosed(isClosed: boolean) {
    this.#isClosed = isClosed
    this.#admitParked()
  }

  /** Learns from a reply: how many tasks were granted and refused, and how soon the last of them starts. */
  learn({ granted, refused, lastStartsInUs }: { granted: number; refused: number; lastStartsInUs: number }): void {
    this.#lastStartsInUs = lastStartsInUs
    this.#isScarce = refused > 0 || lastStartsInUs >= PLENTY_US
    if (refused > 0) this.#window = Math.max(MIN_WINDOW, Math.floor(this.#window / 2))
    else if (!this.#isScarce) this.#window = Math.min(MAX_WINDOW, this.#window + granted)
    this.#admitParked()
  }

  #hasRoom(): boolean {
    return this.#hasWindow() && !this.#isClosed
  }

  #hasWindow(): boolean {
    if (this.#admitted <= this.#window / 2) this.#isFilling = true
    if (this.#admitted >= this.#window) this.#isFilling = false
    return this.#isFilling
  }

  #park(batchId: string, parked: Parked): void {
    const tickets = this.#parked.get(batchId)
    if (tickets) tickets.push(parked)
    else this.#parked.set(batchId, [parked])
  }

  #unpark(batchId: string, parked: Parked): void {
    const tickets = this.#parked.get(batchId) ?? []
    tickets.splice(tickets.indexOf(parked), 1)
    if (tickets.length === 0) this.#parked.delete(batchId)
  }

  #admitParked(): void {
    for (const [batchId, tickets] of this.#parked) {
      if (!this.#hasRoom()) return
      this.#admitted += 1
      this.#parked.delete(batchId)
      const first = tickets.shift()
      // The loop comes back to the batch after all others.
      if (tickets.length > 0) this.#parked.set(batchId, tickets)
      first?.admit()
    }
  }
}
