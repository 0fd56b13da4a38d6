import type { connectRedis } from '@sluice/engine'
import { processorMs, redisProcessorMs } from './processor-time.ts'

/** One way of running tasks, with its workers running already. */
export interface Contender {
  readonly name: string
  /** Its workers. */
  readonly pids: readonly number[]
  /** Puts tasks where nothing takes them yet. */
  load(payloads: readonly object[]): Promise<void>
  /** Lets them run; resolves once all have. */
  run(): Promise<void>
  /** What the tasks returned. */
  results(): Promise<unknown[]>
  /** Forgets the tasks and what they returned. */
  clear(): Promise<void>
}

/** One contender in one run. */
export interface Heat {
  tasks: number
  elapsedMs: number
  /** Processor time of the workers, in ms. Unlike the rate it says the same on a machine that is busy with other things. */
  workerMs: number
  /** Processor time of Redis, in ms. */
  redisMs: number
  results: unknown[]
}

/** A line of a table. */
export type Row = Record<string, string | number>

/** A contender and the tasks it gets. A slower one may get fewer: rates are compared, not times. */
export interface Entry {
  contender: Contender
  tasks: number
}

/**
 * Runs tasks with each contender, in turns, forwards and backwards, so that what disturbs the machine disturbs all. The
 * clock starts when the tasks are waiting. A first run of a tenth is not counted: V8 compiles in it.
 */
export async function race(
  redis: ReturnType<typeof connectRedis>,
  entries: readonly Entry[],
  payload: object,
  runs: number,
  { withResults = false } = {},
): Promise<Map<string, Heat[]>> {
  for (const { contender, tasks } of entries) await runHeat(redis, contender, payload, Math.ceil(tasks / 10), false)
  const heats = new Map<string, Heat[]>(entries.map(({ contender }) => [contender.name, []]))
  for (let run = 0; run < runs; run += 1) {
    for (const { contender, tasks } of run % 2 === 0 ? entries : entries.toReversed()) {
      heats.get(contender.name)?.push(await runHeat(redis, contender, payload, tasks, withResults))
    }
  }
  return heats
}

async function runHeat(
  redis: ReturnType<typeof connectRedis>,
  contender: Contender,
  payload: object,
  tasks: number,
  withResults: boolean,
): Promise<Heat> {
  await contender.load(Array.from({ length: tasks }, () => payload))
  const before = [await processorMs(contender.pids), await redisProcessorMs(redis)] as const
  const from = performance.now()
  await contender.run()
  const elapsedMs = performance.now() - from
  const workerMs = (await processorMs(contender.pids)) - before[0]
  const redisMs = (await redisProcessorMs(redis)) - before[1]
  const results = withResults ? await contender.results() : []
  await contender.clear()
  return { tasks, elapsedMs, workerMs, redisMs, results }
}

export function tasksPerSecond({ tasks, elapsedMs }: Heat): number {
  return (tasks * 1000) / elapsedMs
}

/** Processor time of workers and Redis a task, in us. */
export function microsPerTask({ tasks, workerMs, redisMs }: Heat): number {
  return ((workerMs + redisMs) * 1000) / tasks
}

/** The median of several values, and their range as text; in whole numbers when they are large. */
export function spread(values: readonly number[]): { median: number; range: string } {
  const round = (value: number) => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100)
  return {
    median: round(median(values)),
    range: `${round(Math.min(...values))}-${round(Math.max(...values))}`,
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0
}

/** How many times the first is the second, run by run, as runs side by side met the same disturbances. */
export function ratios(first: readonly number[], second: readonly number[]): number[] {
  return first.map((value, run) => value / (second[run] ?? Number.NaN))
}
