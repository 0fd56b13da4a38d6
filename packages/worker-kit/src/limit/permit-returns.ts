import { settlePermits, type Engine, type PermitCorrection } from '@sluice/engine'
import type { Logger } from '../handler.ts'
import type { Permit } from './permit.ts'
import type { RedisClock } from './redis-clock.ts'

const MAX_AT_ONCE = 64

/**
 * Tells the ledger what permits really cost, many at a time. A correction that is lost makes the limit a little stricter
 * for one window, never looser, so none is sent twice.
 */
export class PermitReturns {
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

  /** The call was never made. */
  giveBack({ bookedUs, weights }: Permit): void {
    this.correct(Object.entries(weights).map(([unit, cost]) => ({ bookedUs, unit, change: -cost })))
  }

  /** The call cost something else than was booked. */
  correct(corrections: readonly PermitCorrection[]): void {
    this.#waiting.push(...corrections.filter(({ change }) => change !== 0))
    if (this.#waiting.length > 0) this.#sending ??= this.#send()
  }

  /** Resolves when nothing is left to be told. */
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
        this.#log.warn({ err: error, limit: this.#limit }, 'permits could not be given back, and are lost')
      })
    }
    this.#sending = undefined
  }
}
