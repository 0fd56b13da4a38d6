import { openArena, openField, type Arena } from './arena.ts'
import { race, spread, type Heat, type Row } from './contender.ts'

interface Cell {
  workers: number
  /** Of each worker. */
  slots: number
  tasks: number
  taskMs: number
}

/** Calls of seconds, thousands of them at once. */
const CELLS: Cell[] = [
  { workers: 4, slots: 500, tasks: 8000, taskMs: 3000 },
  { workers: 5, slots: 1000, tasks: 20_000, taskMs: 5000 },
]

/** Measures the utilisation of thousands of slots with tasks of seconds, and what Redis spends on a task, against BullMQ. */
export async function benchLong(runs: number): Promise<Row[]> {
  await using arena = await openArena()
  const rows: Row[] = []
  for (const cell of CELLS) rows.push(...(await measureLong(arena, cell, runs)))
  return rows
}

async function measureLong(arena: Arena, cell: Cell, runs: number): Promise<Row[]> {
  const { workers, slots, tasks, taskMs } = cell
  await using field = await openField(arena, workers, slots)
  const entries = [field.sluice, field.bullmq].map((contender) => ({ contender, tasks }))
  const heats = await race(arena.redis, entries, { takesMs: taskMs }, runs)
  const idealMs = (tasks * taskMs) / (workers * slots)
  return [...heats].map(([contender, each]) => ({
    slots: `${workers} x ${slots}`,
    contender,
    ...summarize(each, idealMs),
    runs,
  }))
}

function summarize(heats: readonly Heat[], idealMs: number): Row {
  const share = spread(heats.map(({ elapsedMs }) => (100 * idealMs) / elapsedMs))
  const redis = spread(heats.map(({ redisMs, tasks }) => (redisMs * 1000) / tasks))
  return {
    'utilisation %': share.median,
    'range of utilisation': share.range,
    'Redis us per task': redis.median,
    'range of Redis us': redis.range,
    'workers us per task': spread(heats.map(({ workerMs, tasks }) => (workerMs * 1000) / tasks)).median,
  }
}
