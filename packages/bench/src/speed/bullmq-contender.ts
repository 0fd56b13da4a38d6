import { startProcess } from '@sluice/testing/servers'
import { type ConnectionOptions, Queue } from 'bullmq'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BullmqWorkerSetup } from './bullmq-worker.ts'
import type { Workers } from '../workers.ts'
import type { Contender } from './contender.ts'

/** Of 250, 1,000 and 5,000 jobs per call, 250 was the fastest by half. */
const JOBS_PER_CALL = 250

const POLL_MS = 5

/** BullMQ with the workers of `bullmq-worker.ts`. Each task is a job, in a queue that is paused until `run`. */
export class BullmqContender implements Contender, AsyncDisposable {
  readonly name: string
  readonly pids: readonly number[]
  readonly queue: Queue
  #count = 0

  constructor(name: string, pids: readonly number[], connection: ConnectionOptions) {
    this.name = name
    this.pids = pids
    this.queue = new Queue(name, { connection })
  }

  async load(payloads: readonly object[]): Promise<void> {
    await this.queue.pause()
    await this.add(payloads)
  }

  /** Adds one job per payload. Completed jobs are kept, which is BullMQ's default. */
  async add(payloads: readonly object[]): Promise<void> {
    for (let first = 0; first < payloads.length; first += JOBS_PER_CALL) {
      const some = payloads.slice(first, first + JOBS_PER_CALL)
      await this.queue.addBulk(some.map((data) => ({ name: 'timed', data })))
    }
    this.#count += payloads.length
  }

  async run(): Promise<void> {
    await this.queue.resume()
    while ((await this.queue.getCompletedCount()) < this.#count) await sleep(POLL_MS)
  }

  async results(): Promise<unknown[]> {
    return (await this.queue.getCompleted(0, -1)).map(({ returnvalue }) => returnvalue as unknown)
  }

  async clear(): Promise<void> {
    await this.queue.obliterate({ force: true, count: 10_000 })
    this.#count = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.queue.close()
  }
}

/** Starts processes that run the jobs of a queue. Disposing of them kills them. */
export async function startBullmqWorkers(count: number, setup: BullmqWorkerSetup): Promise<Workers> {
  const entry = new URL('bullmq-worker.ts', import.meta.url)
  const start = () => startProcess({ entry, args: [JSON.stringify(setup)], ready: /the worker is ready/ })
  const workers = await Promise.all(Array.from({ length: count }, start))
  return {
    pids: workers.map(({ pid }) => pid ?? 0),
    [Symbol.asyncDispose]: async () => void (await Promise.all(workers.map((worker) => worker.kill()))),
  }
}
