import type { Engine } from '../../src/engine.ts'
import { SPREAD_JOB, spreadConcurrency } from '../../src/queue/spread-concurrency.ts'

/** Runs the jobs that give changed concurrencies to batches, as a worker does. */
export async function runSpreads(engine: Engine): Promise<void> {
  for (const job of await engine.maintenanceQueue.open().getJobs(['wait'])) {
    if (job.name !== SPREAD_JOB || !job.data.spread) continue
    await job.remove()
    await spreadConcurrency(engine, job.data.spread)
  }
}
