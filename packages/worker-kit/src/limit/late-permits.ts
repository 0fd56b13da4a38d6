import { extendPermits, type Engine } from '@sluice/engine'
import type { Logger } from '../handler.ts'
import type { HeldPermit, Permit } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

const MAX_AT_ONCE = 32

/** However late they are, starts are not put off for longer than this. */
const MAX_SLACK_US = 250_000

/** A permit that was extended: `undefined` when it must not be used, and is to be given back. */
type OnExtended = (held: HeldPermit, permit: Permit | undefined) => void

/**
 * Permits whose slots were missed: this process was busy, or frozen. Most of them can still be used, for a moment: that is
 * asked in one call for all. To give them back and ask for others would lose what they could have been used for.
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
    // A process that has just been slow is likely to be so again.
    const latest = Math.max(...late.map(({ permit }) => this.#clock.latestUs() - permit.startUs))
    const slackUs = Math.min(latest, MAX_SLACK_US)
    const deadlineUs = this.#clock.sentOnceUntilUs()
    const permits = late.map(({ permit }) => permit)
    const booked = await extendPermits(this.#engine, this.#limit, { deadlineUs, slackUs, permits }).catch(
      (error: unknown) => {
        this.#log.warn({ err: error, limit: this.#limit }, 'permits could not be extended, and are given back')
        return []
      },
    )
    for (const [i, held] of late.entries()) this.#onExtended(held, extended(held.permit, booked[i]))
  }
}

/** It may be used from now on until the time it is booked for, and the same part of the guard after that. */
function extended(permit: Permit, bookedUs: number | undefined): Permit | undefined {
  if (bookedUs === undefined) return undefined
  return { ...permit, bookedUs, maxLateUs: permit.maxLateUs + bookedUs - permit.startUs }
}
