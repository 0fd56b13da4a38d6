import { settlePermits, type Engine, type PermitCorrection } from '@sluice/engine'
import type { Logger } from '../handler.ts'
import type { Permit } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

const MAX_AT_ONCE = 64

/**
 * Settles permits, many in one call: corrects what the ledger booked to what the calls weighed. A correction that is
 * lost makes the limit stricter for one window and never looser, so no correction is sent twice.
 */
export class PermitSettlements {
  readonly #engine: Engine
  readonly #limit: string
  readonly #clock: RedisClock
  readonly #log: Logger
  #waiting: PermitCorrection[] = []
  #sending: Promise<void> | undefined

  constructor(engine: Engine, limit: string, clock: RedisClock, log: Logger) {
    this.#engine = engine
    this.#limit = limit
    this.#clock = clock
    this.#log = log
  }

  /** Releases a permit whose call is not made. */
  release({ bookedUs, weights }: Permit): void {
    this.correct(Object.entries(weights).map(([unit, weight]) => ({ bookedUs, unit, change: -weight })))
  }

  /** Corrects a permit whose call weighed more or less than was booked. */
  correct(corrections: readonly PermitCorrection[]): void {
    this.#waiting.push(...corrections.filter(({ change }) => change !== 0))
    if (this.#waiting.length > 0) this.#sending ??= this.#send()
  }

  /** Resolves once all corrections have been sent. */
  async flush(): Promise<void> {
    await this.#sending
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const settlement = {
        deadlineUs: this.#clock.sentOnceUntilUs(),
        corrections: this.#waiting.splice(0, MAX_AT_ONCE),
      }
      await settlePermits(this.#engine, this.#limit, settlement).catch((error: unknown) => {
        this.#log.warn({ err: error, limit: this.#limit }, 'could not settle permits; they count as booked')
      })
    }
    this.#sending = undefined
  }
}
