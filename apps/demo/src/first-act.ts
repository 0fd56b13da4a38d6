import type { BatchView } from '@sluice/contracts'
import type { DemoSettings } from './settings.ts'
import { type Api, request } from './request.ts'
import { followBatch, readReport, saveResults, uploadTasks } from './run-batch.ts'
import { say } from './say.ts'
import { createProgress } from './show-progress.ts'
import { describeReport } from './show-report.ts'

/** Runs a batch against an upstream that limits calls and fails some of them. All workers share the batch. */
export async function playFirstAct(settings: DemoSettings, send: Api): Promise<void> {
  const { SLUICE_URL: api, SLUICE_DEMO_UPSTREAM_URL: upstream, SLUICE_DEMO_TASKS: tasks } = settings

  say('1. A batch against an upstream with limits')
  say('\nConfigure a mock upstream: 10 concurrent calls, 200 calls per second, 5% of the calls fail.')
  say(`  POST ${upstream}/service/llm`)
  await request(`${upstream}/service/llm`, 'POST', {
    maxConcurrency: 10,
    rateLimit: { limit: 200, windowMs: 1000 },
    delayMs: [10, 60],
    errorSimulation: { rate: 0.05 },
    retryAfter: true,
  })

  say('\nCreate a queue: all workers together run 10 tasks at a time, and a task has up to 5 attempts.')
  say(`  PUT ${api}/v1/queues/llm`)
  await send(`${api}/v1/queues/llm`, 'PUT', { concurrency: 10, retry: { maxAttempts: 5, minDelayMs: 200 } })

  say(`\nCreate a batch, stream ${tasks} tasks into it as NDJSON, and seal it so that it can complete.`)
  say(`  POST ${api}/v1/batches`)
  const created = await send(`${api}/v1/batches`, 'POST', { code: `demo-${Date.now()}`, queue: 'llm' })
  const { id } = (await created.json()) as BatchView
  const batchUrl = `${api}/v1/batches/${id}`
  say(`  POST ${batchUrl}/tasks`)
  await uploadTasks(send, batchUrl, {
    count: tasks,
    taskOf: (i) => ({
      payload: { url: `${upstream}/mock/llm`, method: 'POST', body: { prompt: `Summarise document ${i}` } },
      key: `document-${i}`,
    }),
  })
  say(`  POST ${batchUrl}/seal`)
  await send(`${batchUrl}/seal`, 'POST')

  say(`\nFollow its progress.\n  GET ${batchUrl}/events`)
  await followBatch(send, batchUrl, {
    progress: createProgress(process.stdout),
    isOver: ({ state }) => state === 'completed',
  })

  say(`\nRead its report.\n  GET ${batchUrl}/report`)
  say(describeReport(await readReport(send, batchUrl)))

  await saveResults(send, batchUrl, settings.SLUICE_DEMO_RESULTS)
  say(`\nDownload its results, one line of JSON per task.\n  GET ${batchUrl}/results`)
  say(`  Saved to ${settings.SLUICE_DEMO_RESULTS}.`)
}
