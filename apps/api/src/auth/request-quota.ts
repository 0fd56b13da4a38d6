import { type Engine, shareRequestCounts, type SharedRequestCounts } from '@sluice/engine'
import type { FastifyReply } from 'fastify'
import type { Principal } from '../http/principal.ts'
import { TooManyRequestsError } from './auth-errors.ts'
import type { AuthMetrics } from './auth-metrics.ts'

/** Short enough for a client to wait, and long enough for bursts. */
const WINDOW_S = 10
const WINDOW_MS = WINDOW_S * 1000

/** How often processes compare what they have counted. What one accepts in this time, the others do not know. */
const SHARE_EVERY_MS = 1000

/** The requests of an API key in the present window. */
interface Count {
  /** Those that all processes had, this one included, when they were last shared. */
  shared: number
  /** Those that this process has accepted since. */
  unshared: number
}

interface Window {
  /** The number that all processes give it. 0: not known yet. */
  number: number
  /** When it ends by the monotonic clock of the process, in ms. */
  endsAt: number
  counts: Map<string, Count>
}

function addCount({ counts }: Window, quotaId: string): Count {
  const count = { shared: 0, unshared: 0 }
  counts.set(quotaId, count)
  return count
}

/**
 * Bounds the requests of each API key, of all processes together. Each process counts in memory, so a request costs no
 * command. Once a second, the processes add their counts in Redis. Together they may exceed the quota by what they accept
 * in a second without knowing of one another. While Redis cannot be reached, each process counts for itself.
 */
export class RequestQuota {
  readonly #engine: Engine
  readonly #metrics: AuthMetrics
  readonly #max: number
  readonly #policy: string
  readonly #timer: NodeJS.Timeout
  #window: Window = { number: 0, endsAt: 0, counts: new Map() }
  #isSharing = false

  /** @param maxPerSecond requests of one API key, on average over a window. */
  constructor(engine: Engine, metrics: AuthMetrics, maxPerSecond: number) {
    this.#engine = engine
    this.#metrics = metrics
    this.#max = (maxPerSecond * WINDOW_MS) / 1000
    this.#policy = `"requests";q=${this.#max};w=${WINDOW_S}`
    this.#timer = setInterval(() => void this.#share(), SHARE_EVERY_MS).unref()
  }

  /**
   * Counts a request, and says in its answer what is left. Returns the refusal of one too many, which does not count.
   *
   * @param now by the monotonic clock, in ms.
   */
  spend({ quotaId }: Principal, reply: FastifyReply, now: number): TooManyRequestsError | undefined {
    // Anonymous clients may do everything.
    if (quotaId === null) return undefined
    const window = this.#present(now)
    const count = window.counts.get(quotaId) ?? addCount(window, quotaId)
    const left = this.#max - count.shared - count.unshared
    const isRefused = left <= 0
    // A new window is a rounding error longer than it should be.
    const leftS = Math.min(WINDOW_S, Math.ceil((window.endsAt - now) / 1000))
    if (!isRefused) count.unshared += 1
    reply.header('ratelimit-policy', this.#policy)
    reply.header('ratelimit', `"requests";r=${isRefused ? 0 : left - 1};t=${leftS}`)
    return isRefused ? this.#refuse(window.endsAt - now) : undefined
  }

  /** Stops to compare counts. */
  close(): void {
    clearInterval(this.#timer)
  }

  #refuse(waitMs: number): TooManyRequestsError {
    this.#metrics.requestsOverQuota.inc()
    return new TooManyRequestsError(this.#max, { windowMs: WINDOW_MS, waitMs: Math.ceil(waitMs) })
  }

  #present(now: number): Window {
    const { number, endsAt } = this.#window
    if (now < endsAt) return this.#window
    // After a pause, the next window of Redis is not known.
    const isNext = number !== 0 && now < endsAt + WINDOW_MS
    this.#window = {
      number: isNext ? number + 1 : 0,
      endsAt: (isNext ? endsAt : now) + WINDOW_MS,
      counts: new Map(),
    }
    return this.#window
  }

  async #share(): Promise<void> {
    const window = this.#present(performance.now())
    const unshared = [...window.counts].filter(([, count]) => count.unshared > 0)
    if (this.#isSharing || unshared.length === 0) return
    this.#isSharing = true
    const counts = new Map(unshared.map(([id, count]) => [id, count.unshared]))
    try {
      const request = { windowMs: WINDOW_MS, window: window.number, counts }
      this.#adopt(window, counts, await shareRequestCounts(this.#engine, request))
    } catch {
      // Redis cannot be reached. The next second tries it again.
    } finally {
      this.#isSharing = false
    }
  }

  #adopt(
    window: Window,
    sent: ReadonlyMap<string, number>,
    { window: number, leftMs, sums }: SharedRequestCounts,
  ): void {
    if (this.#window !== window) return
    const endsAt = performance.now() + leftMs
    // The clock of the process has ended its window too early or too late.
    if (window.number !== 0 && window.number !== number) {
      const counts = new Map([...sums].map(([id, shared]) => [id, { shared, unshared: 0 }]))
      this.#window = { number, endsAt, counts }
      return
    }
    Object.assign(window, { number, endsAt })
    for (const [id, sum] of sums) {
      const count = window.counts.get(id)
      if (count) Object.assign(count, { shared: sum, unshared: count.unshared - (sent.get(id) ?? 0) })
    }
  }
}
