import type { Sluice } from '@sluice/client'
import { configureUpstream } from './configure-upstream.ts'
import { followBatch } from './follow-batch.ts'
import { say } from './say.ts'
import type { DemoSettings } from './settings.ts'
import { createProgress } from './show-progress.ts'

const TASKS = 500

/** Runs a batch against an upstream that is down. The batch stops itself, and is resumed when the upstream is back. */
export async function playSecondAct(settings: DemoSettings, sluice: Sluice): Promise<void> {
  const { SLUICE_URL: api, SLUICE_DEMO_UPSTREAM_URL: upstream } = settings
  const progress = createProgress(process.stdout)

  say('\n\n2. A batch that stops itself')
  say('\nConfigure a second mock upstream that fails every call.')
  say(`  POST ${upstream}/service/shaky`)
  await setErrorRate(upstream, 1)

  say(`\nCreate a batch of ${TASKS} tasks that stops itself after 30 consecutive failures.`)
  say(`  POST ${api}/v1/batches with "interruptionCriteria": { "maxConsecutiveFailures": 30 }`)
  const { id } = await sluice.batches.create({
    queue: 'llm',
    interruptionCriteria: { maxConsecutiveFailures: 30 },
    tasks: Array.from({ length: TASKS }, () => ({ payload: { url: `${upstream}/mock/shaky` } })),
  })
  const stopped = await followBatch(sluice, id, progress)

  const { reason, message, counts } = stopped.lastInterruption ?? {
    reason: 'none',
    message: '',
    counts: stopped.counts,
  }
  say(`  ${stopped.state}: ${reason}. ${message}`)
  say(`  ${counts.pending} of ${counts.total} tasks had not started, and were spared.`)

  say('\nRepair the upstream, and resume the batch. It continues where it stopped.')
  say(`  POST ${upstream}/service/shaky`)
  await setErrorRate(upstream, 0)
  say(`  POST ${api}/v1/batches/${id}/resume`)
  await sluice.batches.resume(id)
  await followBatch(sluice, id, progress)
}

async function setErrorRate(upstream: string, errorRate: number): Promise<void> {
  await configureUpstream(`${upstream}/service/shaky`, {
    maxConcurrency: 20,
    rateLimit: { limit: 1000, windowMs: 1000 },
    delayMs: [10, 30],
    errorSimulation: { rate: errorRate },
  })
}
