import { forEachClass, QUEUED_CLASSES, type QueuedClass } from './gate-class.ts'
import { Ring } from './ring.ts'
import type { Visit } from './visit.ts'

/** How many requests of a class may wait, and for how long. */
export interface ClassLimits {
  /** Requests that can wait; a power of two. */
  capacity: number
  /** The longest wait, in ms. */
  maxWaitMs: number
  /** The longest wait once the ring has not been empty for `maxWaitMs`, in ms. */
  minWaitMs: number
}

/** One of this many releases goes to a lower class that has requests waiting, so that no class starves. */
const LOWER_CLASS_SHARE = 8

interface ClassRing {
  ring: Ring<Visit>
  limits: ClassLimits
  /** When it last became non-empty, in ms of the gate's clock. */
  busySince: number
}

/** All held requests: a ring for each class, oldest first within a class. */
export class ClassRings {
  readonly #rings: Record<QueuedClass, ClassRing>
  /** The same rings, the most important class first. */
  readonly #ranked: ClassRing[]
  #size = 0
  #bodyBytes = 0
  /** Consecutive releases that passed over a waiting lower class. */
  #passedOver = 0

  constructor(limits: Record<QueuedClass, ClassLimits>) {
    this.#rings = forEachClass((name) => ({
      ring: new Ring(limits[name].capacity),
      limits: limits[name],
      busySince: 0,
    }))
    this.#ranked = QUEUED_CLASSES.map((name) => this.#rings[name])
  }

  /** Held requests of all classes. */
  get size(): number {
    return this.#size
  }

  /** Memory that the bodies of held requests take, in bytes. */
  get bodyBytes(): number {
    return this.#bodyBytes
  }

  /** Held requests of one class. */
  depth(gateClass: QueuedClass): number {
    return this.#rings[gateClass].ring.size
  }

  /** Requests that are released before a new request of a class: those of the same and of higher classes. */
  ahead(gateClass: QueuedClass): number {
    let count = 0
    for (const name of QUEUED_CLASSES) {
      count += this.depth(name)
      if (name === gateClass) break
    }
    return count
  }

  isFull(gateClass: QueuedClass): boolean {
    return this.#rings[gateClass].ring.isFull
  }

  /**
   * The longest wait that a new request may face, in ms. Once its ring has not been empty for `maxWaitMs`, the deadline
   * shrinks to `minWaitMs` over another `maxWaitMs`. Shrinking it at once would refuse requests that arrive while a burst is
   * still being served.
   */
  deadlineMs(gateClass: QueuedClass, now: number): number {
    const { ring, limits, busySince } = this.#rings[gateClass]
    const { maxWaitMs, minWaitMs } = limits
    const standingMs = ring.size > 0 ? now - busySince - maxWaitMs : 0
    const shrunk = Math.min(1, Math.max(0, standingMs / maxWaitMs))
    return maxWaitMs - shrunk * (maxWaitMs - minWaitMs)
  }

  /** Puts a request into its ring, which must not be full. */
  push(visit: Visit, now: number): void {
    const own = this.#rings[visit.gateClass]
    // Otherwise the first burst after a quiet time would look like a queue that has existed all along.
    if (own.ring.size === 0) own.busySince = now
    visit.queuedAt = now
    visit.position = own.ring.push(visit)
    this.#size += 1
    this.#bodyBytes += visit.bodyBytes
  }

  /** Removes a held request from any position. */
  remove(visit: Visit): void {
    this.#rings[visit.gateClass].ring.remove(visit.position)
    this.#size -= 1
    this.#bodyBytes -= visit.bodyBytes
  }

  /** Removes the next request to release: the oldest of the highest class, and every eighth time one of a lower class. */
  take(): Visit | undefined {
    const next = this.#next()
    if (next !== undefined) this.remove(next)
    return next
  }

  /** Removes a request that has waited longer than its class allows, if there is one. */
  takeExpired(now: number): Visit | undefined {
    const expired = this.#ranked
      .map(({ ring }) => ring.peek())
      .find((head) => head !== undefined && this.isExpired(head, now))
    if (expired !== undefined) this.remove(expired)
    return expired
  }

  isExpired(visit: Visit, now: number): boolean {
    return now - visit.queuedAt > this.#rings[visit.gateClass].limits.maxWaitMs
  }

  #next(): Visit | undefined {
    const highest = this.#ranked.findIndex(({ ring }) => ring.size > 0)
    const lower = this.#oldestHead(highest + 1)
    this.#passedOver = lower === undefined ? 0 : this.#passedOver + 1
    if (this.#passedOver < LOWER_CLASS_SHARE) return this.#ranked[highest]?.ring.peek()
    this.#passedOver = 0
    return lower
  }

  #oldestHead(from: number): Visit | undefined {
    let oldest: Visit | undefined
    for (let rank = from; rank < this.#ranked.length; rank += 1) {
      const head = this.#ranked[rank]?.ring.peek()
      if (head !== undefined && (oldest === undefined || head.queuedAt < oldest.queuedAt)) oldest = head
    }
    return oldest
  }
}
