import { readFile } from 'node:fs/promises'
import { untilCompleted } from '../until-completed.ts'
import { startWorkers } from '../workers.ts'
import { ApiProcess } from './api-process.ts'
import { openArena, type Arena } from './arena.ts'
import { httpTask, ndjson } from './bench-intake.ts'

const TASKS = 1_000_000
const WORKERS = 2
const SLOTS = 50

/** Runs a million no-op tasks through the API and two workers, from the first line sent to the last result read. */
export async function benchMillion(): Promise<object[]> {
  await using arena = await openArena()
  await using api = await ApiProcess.start(arena.redisUrl)
  const handlers = new URL('timed-handlers.ts', import.meta.url)
  await using workers = await startWorkers({
    redisUrl: arena.redisUrl,
    count: WORKERS,
    concurrency: SLOTS,
    handlers,
  })
  const id = await api.create({ type: 'timed' })
  const before = await memoryOf(arena, api, workers.pids)

  const rows: object[] = []
  const step = async (what: string, run: () => Promise<unknown>) => {
    const from = performance.now()
    await run()
    rows.push({ step: what, 'took, ms': Math.round(performance.now() - from) })
  }
  const started = performance.now()
  await step('upload, while the workers run', async () => {
    await api.append(id, ndjson(TASKS, httpTask))
    await api.seal(id)
  })
  await step('until the last task has run', () => untilCompleted(arena.engine, id, 50))
  const elapsedMs = performance.now() - started
  await step('read the batch', () => api.read(`/v1/batches/${id}`))
  await step('list 1,000 tasks', () => api.read(`/v1/batches/${id}/tasks?pageSize=1000`))
  await step('list failed tasks, none', () => api.read(`/v1/batches/${id}/tasks?state=failed`))
  await step('report', () => api.read(`/v1/batches/${id}/report`))
  const peak = await memoryOf(arena, api, workers.pids)
  await step('all results', () => api.read(`/v1/batches/${id}/results`))
  return [
    { step: 'all tasks', 'took, ms': Math.round(elapsedMs), 'tasks/s': Math.round((TASKS * 1000) / elapsedMs) },
    ...rows,
    { step: 'peak MB, before the upload', ...before },
    { step: 'peak MB, before reading all results', ...peak },
    { step: 'peak MB', ...(await memoryOf(arena, api, workers.pids)) },
  ]
}

/** Returns the peak memory of each process since its start, in MB. NaN on systems without /proc. */
async function memoryOf({ redis }: Arena, api: ApiProcess, workers: readonly number[]): Promise<object> {
  const info = await redis.info('memory')
  const redisPeak = Number(/^used_memory_peak:(\d+)/m.exec(info)?.[1])
  return {
    api: await peakMb(api.pid),
    'larger worker': Math.max(...(await Promise.all(workers.map(peakMb)))),
    Redis: Math.round(redisPeak / 2 ** 20),
  }
}

async function peakMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024)
}
