import { connectRedis } from '@sluice/engine'
import { Worker, type Job, type WorkerOptions } from 'bullmq'
import { stamp, waitAsTold } from './timed-work.ts'

/*
 * A BullMQ worker in its own process, with one job per task. `isWired` adds what applications build around BullMQ to
 * get some of the features of a batch: BullMQ's limiter, set so high that it never limits, and a counter of outcomes.
 */

export interface BullmqWorkerSetup {
  redisUrl: string
  queue: string
  concurrency: number
  isWired: boolean
}

/** Returns the key under which a hand-wired queue counts outcomes. */
export function counterKey(queue: string, outcome: string): string {
  return `bench:${queue}:${outcome}`
}

async function runJob(job: Job): Promise<unknown> {
  return job.name === 'stamp' ? stamp() : await waitAsTold(job.data)
}

function start({ redisUrl, queue, concurrency, isWired }: BullmqWorkerSetup): Worker {
  const redis = connectRedis(redisUrl)
  const options: WorkerOptions = { connection: redis, concurrency }
  if (isWired) options.limiter = { max: 1_000_000, duration: 1000 }
  const count = async (job: Job) => {
    try {
      const result = await runJob(job)
      await redis.incr(counterKey(queue, 'completed'))
      return result
    } catch (error) {
      await redis.incr(counterKey(queue, 'failed'))
      throw error
    }
  }
  return new Worker(queue, isWired ? count : runJob, options)
}

const worker = start(JSON.parse(process.argv[2] ?? '') as BullmqWorkerSetup)
worker.on('error', (error) => console.error(error))
await worker.waitUntilReady()
console.log('the worker is ready')
process.once('SIGTERM', () => process.exit())
