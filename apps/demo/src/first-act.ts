import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Sluice, TaskLine, TaskResult } from '@sluice/client'
import { configureUpstream } from './configure-upstream.ts'
import { followBatch } from './follow-batch.ts'
import { say } from './say.ts'
import type { DemoSettings } from './settings.ts'
import { createProgress } from './show-progress.ts'
import { describeReport } from './show-report.ts'

/** Runs a batch against an upstream that limits calls and fails some of them. All workers share the batch. */
export async function playFirstAct(settings: DemoSettings, sluice: Sluice): Promise<void> {
  const { SLUICE_URL: api, SLUICE_DEMO_UPSTREAM_URL: upstream, SLUICE_DEMO_TASKS: tasks } = settings

  say('1. A batch against an upstream with limits')
  say('\nConfigure a mock upstream: 10 concurrent calls, 200 calls per second, 5% of the calls fail.')
  say(`  POST ${upstream}/service/llm`)
  await configureUpstream(`${upstream}/service/llm`, {
    maxConcurrency: 10,
    rateLimit: { limit: 200, windowMs: 1000 },
    delayMs: [10, 60],
    errorSimulation: { rate: 0.05 },
    retryAfter: true,
  })

  say('\nCreate a queue: all workers together run 10 tasks at a time, and a task has up to 5 attempts.')
  say(`  PUT ${api}/v1/queues/llm`)
  await sluice.queues.put('llm', { concurrency: 10, retry: { maxAttempts: 5, minDelayMs: 200 } })

  say(`\nCreate a batch, stream ${tasks} tasks into it as NDJSON, and seal it so that it can complete.`)
  say(`  POST ${api}/v1/batches`)
  const { id } = await sluice.batches.create({ code: `demo-${Date.now()}`, queue: 'llm' })
  const batchUrl = `${api}/v1/batches/${id}`
  say(`  POST ${batchUrl}/tasks?seal=true`)
  await sluice.batches.append(id, documents(tasks, `${upstream}/mock/llm`), { seal: true })

  say(`\nFollow its progress.\n  GET ${batchUrl}/events`)
  await followBatch(sluice, id, createProgress(process.stdout))

  say(`\nRead its report.\n  GET ${batchUrl}/report`)
  say(describeReport(await sluice.batches.report(id)))

  await pipeline(Readable.from(linesOf(sluice.batches.results(id))), createWriteStream(settings.SLUICE_DEMO_RESULTS))
  say(`\nDownload its results, one line of JSON per task.\n  GET ${batchUrl}/results`)
  say(`  Saved to ${settings.SLUICE_DEMO_RESULTS}.`)
}

function* documents(count: number, url: string): Generator<TaskLine> {
  for (let i = 0; i < count; i += 1) {
    yield { key: `document-${i}`, payload: { url, method: 'POST', body: { prompt: `Summarise document ${i}` } } }
  }
}

async function* linesOf(results: AsyncIterable<TaskResult>): AsyncGenerator<string> {
  for await (const result of results) yield `${JSON.stringify(result)}\n`
}
