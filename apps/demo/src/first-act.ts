import type { BatchView } from '@sluice/contracts'
import type { DemoSettings } from './settings.ts'
import { request } from './request.ts'
import { followBatch, readReport, saveResults, uploadTasks } from './run-batch.ts'
import { say } from './say.ts'
import { createProgress } from './show-progress.ts'
import { describeReport } from './show-report.ts'

/** A batch against an upstream that limits and now and then fails, run by all workers together. */
export async function playFirstAct(settings: DemoSettings): Promise<void> {
  const { SLUICE_URL: api, SLUICE_DEMO_UPSTREAM_URL: upstream, SLUICE_DEMO_TASKS: tasks } = settings

  say('An upstream that takes 10 calls at once and 200 a second, and fails 5% of them:')
  say(`  POST ${upstream}/service/llm`)
  await request(`${upstream}/service/llm`, 'POST', {
    maxConcurrency: 10,
    rateLimit: { limit: 200, windowMs: 1000 },
    delayMs: [10, 60],
    errorSimulation: { rate: 0.05 },
    retryAfter: true,
  })

  say('\nA queue that runs 10 tasks at once, however many workers there are, and tries each up to 5 times:')
  say(`  PUT ${api}/v1/queues/llm`)
  await request(`${api}/v1/queues/llm`, 'PUT', { concurrency: 10, retry: { maxAttempts: 5, minDelayMs: 200 } })

  say(`\nA batch, and ${tasks} tasks streamed into it as NDJSON:`)
  say(`  POST ${api}/v1/batches`)
  const created = await request(`${api}/v1/batches`, 'POST', { code: `demo-${Date.now()}`, queue: 'llm' })
  const { id } = (await created.json()) as BatchView
  const batchUrl = `${api}/v1/batches/${id}`
  say(`  POST ${batchUrl}/tasks`)
  await uploadTasks(batchUrl, tasks, (i) => ({
    payload: { url: `${upstream}/mock/llm`, method: 'POST', body: { prompt: `Summarise document ${i}` } },
    key: `document-${i}`,
  }))
  say(`  POST ${batchUrl}/seal`)
  await request(`${batchUrl}/seal`, 'POST')

  say(`\nIts progress:\n  GET ${batchUrl}/events`)
  await followBatch(batchUrl, createProgress(process.stdout), ({ state }) => state === 'completed')

  say(`\nIts report:\n  GET ${batchUrl}/report`)
  say(describeReport(await readReport(batchUrl)))

  await saveResults(batchUrl, settings.SLUICE_DEMO_RESULTS)
  say(`\nThe results, a JSON line each:\n  GET ${batchUrl}/results, saved to ${settings.SLUICE_DEMO_RESULTS}`)
}
