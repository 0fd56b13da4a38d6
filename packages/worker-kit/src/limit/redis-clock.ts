/** How fast a single long delay is forgotten, with each answer. */
const DELAY_DECAY = 0.95

/** The longest answer time that is planned for. An answer that takes longer makes starts late. */
const MAX_LEAD_US = 250_000

/** A lost connection is replaced after 50 ms at the earliest, and unanswered commands are then sent again. */
const RESENT_AFTER_US = 45_000

/** How far two clocks may drift apart, as a share of the time that passes. NTP never slews faster. */
const DRIFT = 0.0005

/**
 * Redis's clock as this process sees it, in µs: not one time but the earliest and the latest possible time. Redis read
 * its clock after the request was sent and before the answer arrived, which bounds the difference of the clocks. The
 * narrowest bounds are kept and widened as time passes.
 */
export class RedisClock {
  /** Bounds of the difference between Redis's clock and the local clock. */
  #leastUs = -Infinity
  #mostUs = Infinity
  #learntAt = 0
  #delayUs = 0

  /** Learns from one answer. `sentAt` and `receivedAt` are times of `performance.now()`. */
  learn(sentAt: number, receivedAt: number, redisUs: number): void {
    const least = redisUs - receivedAt * 1000
    const most = redisUs - sentAt * 1000
    const driftUs = (receivedAt - this.#learntAt) * 1000 * DRIFT
    this.#leastUs = Math.max(this.#leastUs - driftUs, least)
    this.#mostUs = Math.min(this.#mostUs + driftUs, most)
    // The bounds contradict each other, so one of the clocks has been set.
    if (this.#leastUs > this.#mostUs) [this.#leastUs, this.#mostUs] = [least, most]
    this.#learntAt = receivedAt
    const delayUs = receivedAt * 1000 + this.#mostUs - redisUs
    this.#delayUs = Math.max(delayUs, this.#delayUs * DELAY_DECAY)
  }

  /** How long answers took lately. An earlier start time would have passed when the answer arrives. */
  get leadUs(): number {
    return Math.min(Math.ceil(this.#delayUs), MAX_LEAD_US)
  }

  /** The earliest possible time, for what must not happen too early. */
  earliestUs(): number {
    return performance.now() * 1000 + this.#leastUs
  }

  /** The latest possible time, for what must not happen too late. */
  latestUs(): number {
    return performance.now() * 1000 + this.#mostUs
  }

  /** A command that is sent now has been sent only once until this time. */
  sentOnceUntilUs(): number {
    return this.earliestUs() + RESENT_AFTER_US
  }
}
