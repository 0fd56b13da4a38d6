import type { RedisConnection } from '../connect-redis.ts'
import type { HeldJob } from '../scripts/release-jobs.ts'
import { holderOf, holdOf, readHeldJobs, releaseHeldJobs } from './held-jobs.ts'

/** Whose jobs a `LostJobs` looks for. */
export interface LostJobsOptions {
  /** The key of a job without its id. */
  base: string
  /** The worker that the locks of its jobs name. */
  workerId: string
  /** Whether this process runs the job with this lock. */
  isRunning: (held: HeldJob) => boolean
  /** Receives the error of a pass that failed. */
  onError: (error: unknown) => void
}

/** A job is lost if it is not running for so long. A reply that is on its way arrives sooner. */
const LOST_AFTER_MS = 2000

const LOOK_EVERY_MS = 30_000
const LOOK_SOON_MS = 1000

/**
 * Finds jobs that a worker has taken as far as Redis knows, but does not run. That happens when a connection breaks
 * before the reply arrives, and when a failover loses the end of a job. The worker is alive, so its heartbeat does not
 * tell.
 */
export class LostJobs {
  readonly #redis: RedisConnection
  readonly #options: LostJobsOptions
  /** Holds of jobs that were not running, with the time of the first pass that found them, by performance.now(). */
  #suspects = new Map<string, number>()
  readonly #interval: NodeJS.Timeout
  #timer: NodeJS.Timeout | undefined

  constructor(redis: RedisConnection, options: LostJobsOptions) {
    this.#redis = redis
    this.#options = options
    this.#interval = setInterval(() => void this.#look(), LOOK_EVERY_MS)
  }

  /** Looks soon: a reply may have been lost. */
  lookSoon(delayMs = LOOK_SOON_MS): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.#look()
    }, delayMs)
  }

  stop(): void {
    clearInterval(this.#interval)
    clearTimeout(this.#timer)
  }

  /** Makes one pass: returns lost jobs to their queue. Returns their number. */
  async pass(): Promise<number> {
    const { base, workerId, isRunning } = this.#options
    const held = await readHeldJobs(this.#redis, base)
    const idle = held.filter((each) => holderOf(each) === workerId && !isRunning(each))
    const now = performance.now()
    this.#suspects = new Map(idle.map((each) => [holdOf(each), this.#suspects.get(holdOf(each)) ?? now]))
    const lost = idle.filter((each) => now - (this.#suspects.get(holdOf(each)) ?? now) >= LOST_AFTER_MS)
    return await releaseHeldJobs(this.#redis, base, lost)
  }

  async #look(): Promise<void> {
    await this.pass().catch(this.#options.onError)
    if (this.#suspects.size > 0) this.lookSoon(LOST_AFTER_MS)
  }
}
