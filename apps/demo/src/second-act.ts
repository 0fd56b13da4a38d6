import type { BatchView } from '@sluice/contracts'
import type { DemoSettings } from './settings.ts'
import { type Api, request } from './request.ts'
import { followBatch } from './run-batch.ts'
import { say } from './say.ts'
import { createProgress } from './show-progress.ts'

const TASKS = 500

/** Runs a batch against an upstream that is down. The batch stops itself, and is resumed when the upstream is back. */
export async function playSecondAct(settings: DemoSettings, send: Api): Promise<void> {
  const { SLUICE_URL: api, SLUICE_DEMO_UPSTREAM_URL: upstream } = settings
  const progress = createProgress(process.stdout)
  const untilOver = { progress, isOver: ({ state }: BatchView) => state !== 'active' }

  say('\n\n2. A batch that stops itself')
  say('\nConfigure a second mock upstream that fails every call.')
  say(`  POST ${upstream}/service/shaky`)
  await setErrorRate(upstream, 1)

  say(`\nCreate a batch of ${TASKS} tasks that stops itself after 30 consecutive failures.`)
  say(`  POST ${api}/v1/batches with "interruptionCriteria": { "maxConsecutiveFailures": 30 }`)
  const created = await send(`${api}/v1/batches`, 'POST', {
    queue: 'llm',
    interruptionCriteria: { maxConsecutiveFailures: 30 },
    tasks: Array.from({ length: TASKS }, () => ({ payload: { url: `${upstream}/mock/shaky` } })),
  })
  const { id } = (await created.json()) as BatchView
  const batchUrl = `${api}/v1/batches/${id}`
  const stopped = await followBatch(send, batchUrl, untilOver)

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
  say(`  POST ${batchUrl}/resume`)
  await send(`${batchUrl}/resume`, 'POST')
  await followBatch(send, batchUrl, untilOver)
}

async function setErrorRate(upstream: string, errorRate: number): Promise<void> {
  await request(`${upstream}/service/shaky`, 'POST', {
    maxConcurrency: 20,
    rateLimit: { limit: 1000, windowMs: 1000 },
    delayMs: [10, 30],
    errorSimulation: { rate: errorRate },
  })
}
