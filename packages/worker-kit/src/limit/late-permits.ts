import { extendPermits, type Engine } from '@sluice/engine'
import type { Logger } from '../handler.ts'
import type { HeldPermit, Permit } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

const MAX_AT_ONCE = 32

/** An extended permit may start at most this long after it was extended, however late it was. */
const MAX_SLACK_US = 250_000

/** Receives the extended permit, or undefined if it must be released. */
type OnExtended = (held: HeldPermit, permit: Permit | undefined) => void

/**
 * Permits whose start times passed unused because this process was busy or frozen. Most of them can still be used a
 * moment later; one call to Redis finds out for all of them. Releasing them and asking for new ones would waste the
 * allowance that they stand for.
 */
export class LatePermits {
  readonly #engine: Engine
  readonly #limit: string
  readonly #clock: RedisClock
  readonly #log: Logger
  readonly #onExtended: OnExtended
  #late: HeldPermit[] = []
  #isAsking = false

  constructor(
    engine: Engine,
    limit: string,
    { clock, log }: { clock: RedisClock; log: Logger },
    onExtended: OnExtended,
  ) {
    this.#engine = engine
    this.#limit = limit
    this.#clock = clock
    this.#log = log
    this.#onExtended = onExtended
  }

  add(held: HeldPermit): void {
    this.#late.push(held)
    if (!this.#isAsking) void this.#extendAll()
  }

  async #extendAll(): Promise<void> {
    this.#isAsking = true
    while (this.#late.length > 0) await this.#extend(this.#late.splice(0, MAX_AT_ONCE))
    this.#isAsking = false
  }

  async #extend(late: HeldPermit[]): Promise<void> {
    // A process that was just late is likely to be as late again.
    const latest = Math.max(...late.map(({ permit }) => this.#clock.latestUs() - permit.startUs))
    const slackUs = Math.min(latest, MAX_SLACK_US)
    const deadlineUs = this.#clock.sentOnceUntilUs()
    const permits = late.map(({ permit }) => permit)
    const booked = await extendPermits(this.#engine, this.#limit, { deadlineUs, slackUs, permits }).catch(
      (error: unknown) => {
        this.#log.warn({ err: error, limit: this.#limit }, 'could not extend permits; releasing them')
        return []
      },
    )
    for (const [i, held] of late.entries()) this.#onExtended(held, extended(held.permit, booked[i]))
  }
}

/** The permit may be used from now until its new booked time, plus the same part of the guard interval as before. */
function extended(permit: Permit, bookedUs: number | undefined): Permit | undefined {
  if (bookedUs === undefined) return undefined
  return { ...permit, bookedUs, maxLateUs: permit.maxLateUs + bookedUs - permit.startUs }
}
