import { setMaxListeners } from 'node:events'
import type { Budgets } from './budgets.ts'
import type { Clock } from './clock.ts'
import { BudgetSpentError, DetectionError } from './errors.ts'
import type { Call, Probe } from './probe.ts'

/** What a detection has spent. */
export interface DetectionCost {
  requests: number
  rejections: number
  durationMs: number
}

export interface SessionOptions {
  probe: Probe
  clock: Clock
  budgets: Budgets
  signal: AbortSignal
  /** Called after each call. */
  onCall?: (() => void) | undefined
}

/** Up to this many failures are always tolerated. Beyond it, a detection ends when a fifth of its calls has failed. */
const TOLERATED_FAILURES = 10
const MAX_FAILED_SHARE = 0.2

/**
 * Makes and records the calls of one detection within its budgets. `call` and `sleep` throw `BudgetSpentError` when a
 * budget is spent, and the signal's reason when the signal is aborted. The session waits for nothing beyond the time
 * budget, not even for a call that ignores its signal.
 */
export class ProbeSession {
  /** Answered calls, in the order in which they were sent. */
  readonly calls: Call[] = []
  readonly budgets: Budgets
  readonly clock: Clock
  readonly #options: SessionOptions
  readonly #startedAt: number
  readonly #timeUp = new AbortController()
  readonly #signal: AbortSignal
  readonly #flights = new Set<Flight>()
  #requests = 0
  #rejections = 0
  #failures = 0
  #saysTooMany = false

  constructor(options: SessionOptions) {
    this.#options = options
    this.clock = options.clock
    this.budgets = options.budgets
    this.#startedAt = this.clock.now()
    this.#signal = AbortSignal.any([options.signal, this.#timeUp.signal])
    // Every call in flight adds a listener, which may exceed Node's default maximum of 10.
    setMaxListeners(0, this.#signal)
    void this.clock
      .sleep(this.budgets.seconds * 1000, this.#signal)
      .then(() => this.#timeUp.abort(new BudgetSpentError('seconds')))
  }

  get cost(): DetectionCost {
    return {
      requests: this.#requests,
      rejections: this.#rejections,
      durationMs: Math.round(this.clock.now() - this.#startedAt),
    }
  }

  get remainingMs(): number {
    return this.#startedAt + this.budgets.seconds * 1000 - this.clock.now()
  }

  get remainingRequests(): number {
    return this.budgets.requests - this.#requests
  }

  get remainingRejections(): number {
    return this.budgets.rejections - this.#rejections
  }

  async call(): Promise<Call> {
    this.#signal.throwIfAborted()
    if (this.remainingRequests <= 0) throw new BudgetSpentError('requests')
    if (this.remainingRejections <= 0) throw new BudgetSpentError('rejections')
    this.#requests += 1
    const flight: Flight = { most: 0, settled: Promise.resolve() }
    this.#flights.add(flight)
    for (const other of this.#flights) other.most = Math.max(other.most, this.#flights.size)
    const calling = this.#call(flight)
    flight.settled = calling.catch(() => {})
    void flight.settled.then(() => this.#flights.delete(flight))
    return await calling
  }

  /** Waits for `ms`. Throws if the time budget is spent first. */
  async sleep(ms: number): Promise<void> {
    if (ms > 0) await this.clock.sleep(ms, this.#signal)
    this.#signal.throwIfAborted()
  }

  /** Reclassifies a rejection as a breakdown, which says nothing about limits. */
  dismiss(call: Call): void {
    call.outcome = 'failed'
  }

  /** Waits until no call is in flight. */
  async idle(): Promise<void> {
    await Promise.all(Array.from(this.#flights, ({ settled }) => settled))
  }

  /** Aborts the calls in flight. */
  close(): void {
    this.#timeUp.abort(new BudgetSpentError('seconds'))
  }

  async #call(flight: Flight): Promise<Call> {
    const sentAt = this.clock.now()
    const answer = await untilAborted(this.#options.probe(this.#signal), this.#signal)
    const call: Call = { ...answer, sentAt, receivedAt: this.clock.now(), inFlight: flight.most }
    this.#file(call)
    if (call.outcome === 'rejected') this.#noteRejection(call)
    if (call.outcome === 'failed') this.#countFailure(call)
    this.#options.onCall?.()
    return call
  }

  #noteRejection(call: Call): void {
    this.#rejections += 1
    const isFirst = call.status === 429 && !this.#saysTooMany
    if (isFirst) this.#saysTooMany = true
    if (this.#saysTooMany) for (const each of isFirst ? this.calls : [call]) readAsOtherCause(each)
  }

  #file(call: Call): void {
    let at = this.calls.length
    while (at > 0 && (this.calls[at - 1]?.sentAt ?? 0) > call.sentAt) at -= 1
    this.calls.splice(at, 0, call)
  }

  #countFailure({ message, status }: Call): void {
    this.#failures += 1
    if (this.#failures <= TOLERATED_FAILURES || this.#failures <= this.calls.length * MAX_FAILED_SHARE) return
    throw new DetectionError(
      'unreliable',
      `${this.#failures} of ${this.calls.length} calls failed (the last: ${message ?? status ?? 'unknown'}). Detection requires a request that succeeds.`,
    )
  }
}

/** A call in flight. */
interface Flight {
  /** The most calls in flight during this one, so far. */
  most: number
  settled: Promise<unknown>
}

/**
 * Reads a rejection of an upstream that signals its rate with 429. Any other status has another cause: too many calls
 * in flight or, if no other call was, a breakdown.
 */
function readAsOtherCause(call: Call): void {
  if (call.outcome !== 'rejected' || call.status === 429) return
  if (call.inFlight > 1) call.outcome = 'busy'
  else if (isDoubtful(call)) call.outcome = 'failed'
}

/** Whether a rejection could be a breakdown of the upstream: it is not a 429, and has no Retry-After. */
export function isDoubtful({ outcome, status, retryAfterMs }: Call): boolean {
  return outcome === 'rejected' && status !== 429 && retryAfterMs === undefined
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } catch (error) {
    throw signal.aborted ? (signal.reason as Error) : error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
