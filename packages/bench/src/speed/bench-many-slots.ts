import { createBatch, putQueue, readBatch, readQueue, type Engine } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilBatch, untilCompleted } from '../until-completed.ts'
import { startWorkers } from '../workers.ts'
import { openArena, type Arena } from './arena.ts'
import { spread, type Row } from './contender.ts'
import { redisProcessorMs } from './processor-time.ts'
import { ALL_CRITERIA } from './sluice-contender.ts'

const handlers = new URL('timed-handlers.ts', import.meta.url)

const WORKERS = 10
const SLOTS_EACH = 1000
const SLOTS = WORKERS * SLOTS_EACH

/** Three tasks per slot. */
const TASKS = 3 * SLOTS
const TASK_MS = 10_000

/** V8 compiles during a warm-up with shorter tasks, which does not count. */
const WARM_UP_MS = 1000

/** More often would take noticeable time from the workers. */
const POLL_MS = 50

/** What one run found. */
interface Found {
  /** From the start of the queue until all slots run a task. */
  filledMs: number
  /** Processor time of Redis as a share of a core, while all slots were in use. */
  redisShare: number
  /** From the completion of the batch until no ticket is left. */
  retiredMs: number
  elapsedMs: number
}

/** Measures 10,000 slots of one batch: how fast they fill, what Redis spends, and how soon the last ticket retires. */
export async function benchManySlots(runs: number): Promise<Row[]> {
  await using arena = await openArena()
  const { redisUrl } = arena
  await using workers = await startWorkers({ redisUrl, count: WORKERS, concurrency: SLOTS_EACH, handlers })
  await measure(arena, WARM_UP_MS)
  const found: Found[] = []
  for (let run = 0; run < runs; run += 1) found.push(await measure(arena, TASK_MS))
  return [{ workers: workers.pids.length, ...summarize(found) }]
}

async function measure({ engine, redis }: Arena, takesMs: number): Promise<Found> {
  const id = await load(engine, takesMs)
  const startedAt = performance.now()
  await putQueue(engine, 'default', { concurrency: SLOTS, paused: false })
  await untilBatch(engine, id, ({ counts }) => counts.running >= SLOTS, POLL_MS)
  const filledMs = performance.now() - startedAt
  const redisBefore = await redisProcessorMs(redis)
  await untilCompleted(engine, id, POLL_MS)
  const elapsedMs = performance.now() - startedAt
  const redisShare = ((await redisProcessorMs(redis)) - redisBefore) / (elapsedMs - filledMs)
  return { filledMs, redisShare, retiredMs: await untilRetired(engine, id), elapsedMs }
}

async function load(engine: Engine, takesMs: number): Promise<string> {
  await putQueue(engine, 'default', { concurrency: SLOTS, paused: true })
  const task = JSON.stringify({ payload: { takesMs } })
  const tasks = Array.from({ length: TASKS }, () => task)
  const { batch } = await createBatch(engine, { type: 'timed', interruptionCriteria: ALL_CRITERIA, tasks })
  return batch.id
}

/** Waits until no ticket of the queue is left, and returns how long after the completion of the batch that was, in ms. */
async function untilRetired(engine: Engine, id: string): Promise<number> {
  for (;;) {
    const { tickets } = await readQueue(engine, 'default')
    if (tickets.active + tickets.waiting + tickets.delayed === 0) break
    await sleep(POLL_MS)
  }
  const { finishedAt } = await readBatch(engine, id)
  return Date.now() - (finishedAt?.getTime() ?? 0)
}

function summarize(found: readonly Found[]): Row {
  const idealMs = (TASKS * TASK_MS) / SLOTS
  const filled = spread(found.map(({ filledMs }) => filledMs / 1000))
  const retired = spread(found.map(({ retiredMs }) => retiredMs))
  return {
    'slots each': SLOTS_EACH,
    'filled after s': filled.median,
    'range of filled': filled.range,
    'utilisation %': spread(found.map(({ elapsedMs }) => (100 * idealMs) / elapsedMs)).median,
    'Redis, cores': spread(found.map(({ redisShare }) => redisShare)).median,
    'last retirement after ms': retired.median,
    'range of retirement': retired.range,
    runs: found.length,
  }
}
