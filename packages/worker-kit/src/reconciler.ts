import { reconcile, type Engine } from '@sluice/engine'
import { Queue, Worker } from 'bullmq'
import type { Logger } from './handler.ts'

const EVERY_MS = 15_000

/** BullMQ's queue and scheduler have this name. */
const NAME = 'reconcile'

/** Takes part in running the reconciler: BullMQ's scheduler lets one of all workers do a pass every fifteen seconds. */
export async function startReconciler(engine: Engine, log: Logger): Promise<() => Promise<void>> {
  const options = { connection: engine.redis, prefix: engine.keys.upkeep }
  const queue = new Queue(NAME, options)
  queue.on('error', (error) => log.warn({ err: error }, 'the schedule of the reconciler reported an error'))
  const template = { opts: { removeOnComplete: true, removeOnFail: true } }
  await queue.upsertJobScheduler(NAME, { every: EVERY_MS }, template)
  const worker = new Worker(NAME, () => runOnce(engine, log), { ...options, concurrency: 1 })
  worker.on('error', (error) => log.warn({ err: error }, 'the reconciler reported an error'))
  return async () => {
    await worker.close()
    await queue.close()
  }
}

async function runOnce(engine: Engine, log: Logger): Promise<void> {
  const counts = await reconcile(engine)
  const hasMended = Object.values(counts).some((count) => count > 0)
  if (hasMended) log.info(counts, 'the reconciler put things right')
}
