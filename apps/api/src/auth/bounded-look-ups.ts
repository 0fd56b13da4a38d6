import { isRedisOutage } from '../http/errors/redis-outage.ts'
import { type CountsPerMinute, nameOfClient } from './counts-per-minute.ts'

/** The look-ups of one address. */
interface Lane {
  running: number
  waiting: PromiseWithResolvers<void>[]
}

/**
 * Bounds the look-ups of what the process does not know, in Redis or at an issuer. An address has at most as many at a
 * time as it may still have failures in this minute. The others wait. The results of the first look-ups refuse the rest of
 * a flood, even if all of it arrives before Redis has answered. Valid keys do not count as failures, so all of them get
 * their turn, however many wait.
 *
 * If Redis cannot be reached, all that wait fail with the look-up that has shown it.
 */
export class BoundedLookUps {
  readonly #failures: CountsPerMinute
  readonly #lanes = new Map<string, Lane>()

  /** @param failures counts the look-ups that found nothing valid. */
  constructor(failures: CountsPerMinute) {
    this.#failures = failures
  }

  /**
   * Carries out a look-up as soon as its address may have one more.
   *
   * @param lookUp counts its failure before it settles. An address may have no failure left when it is called.
   */
  async run<Found>(address: string, lookUp: () => Promise<Found>): Promise<Found> {
    const name = nameOfClient(address)
    const lane = this.#lanes.get(name) ?? { running: 0, waiting: [] }
    this.#lanes.set(name, lane)
    await this.#start(address, lane)
    try {
      return await lookUp()
    } catch (error) {
      if (isRedisOutage(error)) for (const { reject } of lane.waiting.splice(0)) reject(error)
      throw error
    } finally {
      lane.running -= 1
      this.#startNext(address, lane)
      if (lane.running === 0) this.#lanes.delete(name)
    }
  }

  async #start(address: string, lane: Lane): Promise<void> {
    if (lane.running < this.#room(address)) {
      lane.running += 1
      return
    }
    const turn = Promise.withResolvers<void>()
    lane.waiting.push(turn)
    await turn.promise
  }

  #startNext(address: string, lane: Lane): void {
    const count = Math.min(lane.waiting.length, this.#room(address) - lane.running)
    for (const { resolve } of lane.waiting.splice(0, Math.max(0, count))) {
      lane.running += 1
      resolve()
    }
  }

  /** Without a failure left, nothing is looked up any more, so nothing needs to wait. */
  #room(address: string): number {
    return this.#failures.left(address) || Number.POSITIVE_INFINITY
  }
}
