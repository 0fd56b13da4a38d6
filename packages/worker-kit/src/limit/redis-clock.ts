/** How fast a once long delay is forgotten, with each answer. */
const DELAY_DECAY = 0.95

/** No answer is allowed for that takes longer: then a start is late. */
const MAX_LEAD_US = 250_000

/** A connection that broke is back after 50 ms at the earliest, and then sends again what was not answered. */
const RESENT_AFTER_US = 45_000

/** How far two clocks may drift apart, as a part of the time that passes: more than NTP ever slews them. */
const DRIFT = 0.0005

/**
 * Redis's clock as this process sees it, in µs: not one time, but the earliest and the latest it can be. An answer that
 * carries the time was made after the question was sent and before the answer arrived; the narrowest bounds are kept, and
 * widened as time passes.
 */
export class RedisClock {
  /** What to add to the local clock, at least and at most. */
  #leastUs = -Infinity
  #mostUs = Infinity
  #learntAt = 0
  #delayUs = 0

  /** Local times are of `performance.now()`. */
  learn(sentAt: number, receivedAt: number, redisUs: number): void {
    const least = redisUs - receivedAt * 1000
    const most = redisUs - sentAt * 1000
    const driftUs = (receivedAt - this.#learntAt) * 1000 * DRIFT
    this.#leastUs = Math.max(this.#leastUs - driftUs, least)
    this.#mostUs = Math.min(this.#mostUs + driftUs, most)
    // One of the clocks has been set.
    if (this.#leastUs > this.#mostUs) [this.#leastUs, this.#mostUs] = [least, most]
    this.#learntAt = receivedAt
    const delayUs = receivedAt * 1000 + this.#mostUs - redisUs
    this.#delayUs = Math.max(delayUs, this.#delayUs * DELAY_DECAY)
  }

  /** How long answers took lately: a slot sooner than this would be over when the answer comes. */
  get leadUs(): number {
    return Math.min(Math.ceil(this.#delayUs), MAX_LEAD_US)
  }

  /** It is at least this late: what must not be too early goes by it. */
  earliestUs(): number {
    return performance.now() * 1000 + this.#leastUs
  }

  /** It is at most this late: what must not be too late goes by it. */
  latestUs(): number {
    return performance.now() * 1000 + this.#mostUs
  }

  /** Until then a command that is sent now can only have been sent once. */
  sentOnceUntilUs(): number {
    return this.earliestUs() + RESENT_AFTER_US
  }
}
