import type { RedisConnection } from '../connect-redis.ts'
import { endJobsScript } from '../scripts/end-jobs.ts'
import type { HeldJob } from '../scripts/release-jobs.ts'
import type { QueueKeys } from './queue-keys.ts'

/** Jobs in one call: Redis takes about a millisecond for so many. */
const JOBS_AT_ONCE = 64

/** A job that is to end. */
interface Ending extends HeldJob {
  resolve: () => void
  reject: (error: unknown) => void
}

/** Ends the jobs of a BullMQ queue that a worker is done with: one call at a time, each with all jobs that came meanwhile. */
export class JobEndings {
  readonly #redis: RedisConnection
  readonly #keys: QueueKeys
  #endings: Ending[] = []
  #isCalling = false

  constructor(redis: RedisConnection, keys: QueueKeys) {
    this.#redis = redis
    this.#keys = keys
  }

  /** Removes a job from its queue. Resolves once it is removed, or if the worker has lost it. */
  end(held: HeldJob): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#endings.push({ ...held, resolve, reject })
      if (!this.#isCalling) void this.#callAll()
    })
  }

  async #callAll(): Promise<void> {
    this.#isCalling = true
    // Jobs that end in the same tick share a call.
    await new Promise(setImmediate)
    while (this.#endings.length > 0) await this.#call(this.#endings.splice(0, JOBS_AT_ONCE))
    this.#isCalling = false
  }

  async #call(endings: readonly Ending[]): Promise<void> {
    const { jobBase } = this.#keys
    try {
      await endJobsScript.run(this.#redis, this.#keys, { jobBase, jobs: endings })
      for (const { resolve } of endings) resolve()
    } catch (error) {
      for (const { reject } of endings) reject(error)
    }
  }
}
