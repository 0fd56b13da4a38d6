import { putQueue } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { openArena, type Arena } from '../speed/arena.ts'
import type { Row } from '../speed/contender.ts'
import { processorMs, redisProcessorMs } from '../speed/processor-time.ts'
import { startWorkers } from '../workers.ts'

const handlers = new URL('../speed/timed-handlers.ts', import.meta.url)

const WORKERS = 2
const QUEUES = [1, 20, 200]

/** Workers that have just started still connect. */
const SETTLE_MS = 5000
const MEASURE_MS = 20_000

/** Measures what workers cost Redis while their queues have no batches: connections, commands and processor time. */
export async function benchIdleQueues(): Promise<Row[]> {
  const rows: Row[] = []
  for (const queues of QUEUES) {
    await using arena = await openArena()
    for (let i = 1; i < queues; i += 1) await putQueue(arena.engine, `queue-${i}`, {})
    rows.push({ queues, workers: WORKERS, ...(await measureIdle(arena)) })
  }
  return rows
}

async function measureIdle({ redis, redisUrl }: Arena): Promise<Row> {
  const own = await readInfo(redis, 'clients', 'connected_clients')
  await using workers = await startWorkers({ redisUrl, count: WORKERS, concurrency: 50, handlers })
  await sleep(SETTLE_MS)
  const before = await read(redis, workers.pids)
  await sleep(MEASURE_MS)
  const after = await read(redis, workers.pids)
  const perSecond = (from: number, to: number) => Math.round(((to - from) * 10_000) / MEASURE_MS) / 10
  return {
    'connections of a worker': Math.round((await readInfo(redis, 'clients', 'connected_clients')) - own) / WORKERS,
    'commands/s': perSecond(before.commands, after.commands),
    'Redis, ms/s': perSecond(before.redisMs, after.redisMs),
    'a worker, ms/s': perSecond(before.workerMs, after.workerMs) / WORKERS,
  }
}

async function read(redis: Arena['redis'], pids: readonly number[]) {
  return {
    commands: await readInfo(redis, 'stats', 'total_commands_processed'),
    redisMs: await redisProcessorMs(redis),
    workerMs: await processorMs(pids),
  }
}

async function readInfo(redis: Arena['redis'], section: string, field: string): Promise<number> {
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(await redis.info(section))?.[1] ?? 0)
}
