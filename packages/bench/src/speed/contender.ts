import type { connectRedis } from '@sluice/engine'
import { processorMs, redisProcessorMs } from './processor-time.ts'

/** A system under comparison. Its workers are already running. */
export interface Contender {
  readonly name: string
  /** The processes of its workers. */
  readonly pids: readonly number[]
  /** Submits tasks without starting them. */
  load(payloads: readonly object[]): Promise<void>
  /** Runs the submitted tasks, and resolves when all have completed. */
  run(): Promise<void>
  /** Returns the results of the tasks. */
  results(): Promise<unknown[]>
  /** Deletes the tasks and their results. */
  clear(): Promise<void>
}

/** What one contender did in one run. */
export interface Heat {
  tasks: number
  elapsedMs: number
  /** Processor time of the workers, in ms. Unlike throughput, it barely depends on other load on the machine. */
  workerMs: number
  /** Processor time of Redis, in ms. */
  redisMs: number
  results: unknown[]
}

/** A row of a table. */
export type Row = Record<string, string | number>

/** A contender and its number of tasks. A slower one may get fewer, because the comparison is by rate. */
export interface Entry {
  contender: Contender
  tasks: number
}

/**
 * Runs tasks with each contender in turn, alternately forwards and backwards, so that a disturbance of the machine
 * affects all of them. The clock starts after the tasks have been submitted. A warm-up, in which V8 compiles, does not
 * count. By default it has a tenth of the tasks.
 */
export async function race(
  redis: ReturnType<typeof connectRedis>,
  entries: readonly Entry[],
  payload: object,
  runs: number,
  { withResults = false, warmUp = 0.1 } = {},
): Promise<Map<string, Heat[]>> {
  for (const { contender, tasks } of entries) await runHeat(redis, contender, payload, Math.ceil(tasks * warmUp), false)
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

/** Returns the processor time of workers and Redis per task, in us. */
export function microsPerTask({ tasks, workerMs, redisMs }: Heat): number {
  return ((workerMs + redisMs) * 1000) / tasks
}

/** Returns the median of several values, and their range as text. Values from 100 on are rounded to integers. */
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

/** Returns first ÷ second for each run. Runs side by side are comparable, because they met the same disturbances. */
export function ratios(first: readonly number[], second: readonly number[]): number[] {
  return first.map((value, run) => value / (second[run] ?? Number.NaN))
}
