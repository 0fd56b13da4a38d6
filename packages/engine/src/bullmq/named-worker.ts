import { Worker, type Job, type JobJson } from 'bullmq'
import type { HeldJob } from '../scripts/release-jobs.ts'
import { holdOf } from './held-jobs.ts'

/**
 * The longest time that a blocking read takes, in seconds. BullMQ replaces the connection if the reply is a second late,
 * so a worker that waits notices within three seconds that the network has dropped the connection.
 */
export const LONGEST_BLOCK_S = 2

/** A BullMQ worker whose locks name a worker of Sluice, and that knows which jobs it has. */
export class NamedWorker<Data, Result, Name extends string> extends Worker<Data, Result, Name> {
  /** The jobs that this process has taken and that have not ended. */
  readonly #holds = new Set<string>()

  constructor(name: string, ...args: ConstructorParameters<typeof Worker<Data, Result, Name>>) {
    super(...args)
    // BullMQ has chosen a random name. Its constructor has only scheduled the loop that takes jobs.
    Object.assign(this, { id: name })
  }

  /** BullMQ would wait up to ten seconds for a job that is delayed. */
  override get maximumBlockTimeout(): number {
    return LONGEST_BLOCK_S
  }

  /** Number of jobs that the worker has. */
  get heldJobs(): number {
    return this.#holds.size
  }

  /** Whether the worker has a job with this lock. */
  holds(held: HeldJob): boolean {
    return this.#holds.has(holdOf(held))
  }

  /** BullMQ passes every job that it takes to this, whichever of its calls took it. */
  protected override async nextJobFromJobData(
    json?: JobJson,
    id?: string,
    lock = '',
  ): Promise<Job<Data, Result, Name>> {
    const job = await super.nextJobFromJobData(json, id, lock)
    if (job) this.hold({ job: job.id ?? '', lock })
    return job
  }

  override async processJob(
    job: Job<Data, Result, Name>,
    lock: string,
    fetchNext?: () => boolean,
  ): Promise<void | Job<Data, Result, Name>> {
    const held = { job: job.id ?? '', lock }
    // Again: a job that has returned to its queue may be taken with the same lock before its earlier run has ended.
    this.hold(held)
    return await super.processJob(job, lock, fetchNext).finally(() => this.drop(held))
  }

  protected hold(held: HeldJob): void {
    this.#holds.add(holdOf(held))
  }

  protected drop(held: HeldJob): void {
    this.#holds.delete(holdOf(held))
  }
}
