import { Queue, Worker } from 'bullmq'
import type { Engine } from '../engine.ts'
import { reconcile, type ReconcileCounts } from './reconcile.ts'

const EVERY_MS = 15_000

/** BullMQ's queue and scheduler have this name. */
const NAME = 'reconcile'

export interface ReconcilerOptions {
  /** Told what a pass put right, when it put anything right. */
  onMended: (counts: ReconcileCounts) => void
  onError: (error: unknown, what: string) => void
}

/** Takes part in running the reconciler: BullMQ's scheduler lets one of all workers do a pass every fifteen seconds. */
export async function scheduleReconciler(
  engine: Engine,
  { onMended, onError }: ReconcilerOptions,
): Promise<{ close(): Promise<void> }> {
  const options = { connection: engine.redis, prefix: engine.keys.upkeep }
  const queue = new Queue(NAME, options)
  queue.on('error', (error) => onError(error, "the reconciler's schedule reported an error"))
  await queue.upsertJobScheduler(NAME, { every: EVERY_MS }, { opts: { removeOnComplete: true, removeOnFail: true } })
  const worker = new Worker(NAME, () => runOnce(engine, onMended), { ...options, concurrency: 1 })
  worker.on('error', (error) => onError(error, 'the reconciler reported an error'))
  return {
    close: async () => {
      await worker.close()
      await queue.close()
    },
  }
}

async function runOnce(engine: Engine, onMended: ReconcilerOptions['onMended']): Promise<void> {
  const counts = await reconcile(engine)
  if (Object.values(counts).some((count) => count > 0)) onMended(counts)
}
