import { createBatch, putLimit, putQueue, scriptCalls, type Engine, type LimitRule } from '@sluice/engine'
import { redisProcessorMs } from '../speed/processor-time.ts'
import type { Row } from '../speed/contender.ts'
import { untilCompleted } from '../until-completed.ts'
import { callsPerStart, startLimitedWorkers, type LimitedWorkers } from './limited-workers.ts'

const handlers = new URL('../speed/timed-handlers.ts', import.meta.url)

/** Reading the batch more often would take from the Redis that the limiter needs. */
const POLL_MS = 50

interface Cell {
  what: string
  rule: LimitRule
  workers: number
  slots: number
  taskMs: number
  tasks: number
}

const AT_200: Cell = { what: '200/s', rule: requests(200, 1000), workers: 4, slots: 50, taskMs: 50, tasks: 2400 }

const CELLS: Cell[] = [
  { what: 'out of reach', rule: requests(50_000, 1000), workers: 4, slots: 250, taskMs: 0, tasks: 60_000 },
  { what: '2,000/s', rule: requests(2000, 1000), workers: 2, slots: 100, taskMs: 20, tasks: 20_000 },
  AT_200,
  { what: '3 per 6 s', rule: requests(3, 6000), workers: 10, slots: 50, taskMs: 50, tasks: 60 },
]

function requests(max: number, perMs: number): LimitRule {
  return { unit: 'requests', max, perMs }
}

/** Measures what a start under a limit costs Redis: processor time, calls of all scripts, and of Sluice's by name. */
export async function benchLimited(engine: Engine, redisUrl: string, runs: number): Promise<Row[]> {
  const rows: Row[] = []
  for (const cell of CELLS) rows.push(...(await measureCell(engine, redisUrl, cell, runs)))
  return rows
}

/** Measures once and briefly what a start costs under a limit of 200 a second. */
export async function measureLimitedStarts(engine: Engine, redisUrl: string): Promise<Row[]> {
  return await measureCell(engine, redisUrl, { ...AT_200, tasks: 800 }, 1)
}

/** Tasks of a warm-up by the slot: after fewer, V8 still compiles what is measured. */
const WARM_UP = 50

async function measureCell(engine: Engine, redisUrl: string, cell: Cell, runs: number): Promise<Row[]> {
  const { workers, slots } = cell
  await using fleet = await startLimitedWorkers({ redisUrl, count: workers, concurrency: slots, handlers })
  await measure(engine, fleet, { ...cell, rule: requests(100_000, 1000), tasks: WARM_UP * workers * slots })
  const rows: Row[] = []
  for (let i = 0; i < runs; i += 1) rows.push(await measure(engine, fleet, cell))
  return rows
}

async function measure(engine: Engine, fleet: LimitedWorkers, cell: Cell): Promise<Row> {
  const { what, rule, workers, slots, taskMs, tasks } = cell
  const limit = `bench-${Date.now()}`
  await putLimit(engine, limit, { rules: [rule] })
  await putQueue(engine, 'default', { limit, concurrency: workers * slots })
  const [counted, scripts, usedMs] = [
    await fleet.readCounts(),
    await countScriptCalls(engine),
    await redisProcessorMs(engine.redis),
  ]
  const from = performance.now()
  await run(engine, taskMs, tasks)
  const elapsedMs = performance.now() - from
  const after = await fleet.readCounts()
  const starts = after.granted - counted.granted
  return {
    limit: what,
    fleet: `${workers} x ${slots}`,
    'starts per second': Math.round((starts * 1000) / elapsedMs),
    'Redis us per start': Math.round((((await redisProcessorMs(engine.redis)) - usedMs) * 1000) / starts),
    'script calls per start': Math.round((100 * ((await countScriptCalls(engine)) - scripts)) / starts) / 100,
    'of which Sluice': callsPerStart(counted, after),
    'late permits': after.late - counted.late,
  }
}

async function run(engine: Engine, taskMs: number, tasks: number): Promise<void> {
  const envelope = JSON.stringify({ payload: { takesMs: taskMs } })
  const { batch } = await createBatch(engine, { type: 'timed', tasks: Array.from({ length: tasks }, () => envelope) })
  await untilCompleted(engine, batch.id, POLL_MS)
}

/** Counts the calls of all scripts, BullMQ's among them, without those of this process. */
async function countScriptCalls({ redis }: Engine): Promise<number> {
  const info = await redis.info('commandstats')
  // Most scripts are called by their hash, and some with their source.
  const counts = [...info.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].map(([, calls]) => Number(calls))
  const all = counts.reduce((sum, calls) => sum + calls, 0)
  return [...scriptCalls().values()].reduce((others, own) => others - own, all)
}
