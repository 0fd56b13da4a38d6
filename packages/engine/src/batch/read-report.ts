import type { Engine } from '../engine.ts'
import type { Batch } from '../model/batch.ts'
import { parseFailureGroup } from '../model/failure-group.ts'
import { decodeInterruption } from '../model/interruption.ts'
import { readRunning } from '../task/read-running.ts'
import { percentilesOf, roundTenth } from './percentiles.ts'
import { readBatch } from './read-batch.ts'
import type { BatchReport, ErrorGroup, LatestFailure, Percentiles, StuckTask } from '../model/report.ts'
import type { TaskError } from '../model/task.ts'

const STUCK_MIN_MS = 60_000
const STUCK_TIMES_P99 = 10

/** What a report shows. */
export interface ReportOptions {
  /** After which time a running task is stuck, in ms. Default: a minute, and ten times the 99th percentile. */
  stuckAfterMs?: number | undefined
}

/** Reads the report of a batch. Its cost does not depend on the number of tasks. Throws `BatchNotFoundError`. */
export async function readReport(engine: Engine, batchId: string, options: ReportOptions = {}): Promise<BatchReport> {
  const { redis, keys } = engine
  const { meta, timings, failures, interruptions, latest } = keys.batch(batchId)
  const [batch, totals, buckets, groups, running, rows, latestRows] = await Promise.all([
    readBatch(engine, batchId),
    readTotals(engine, meta),
    redis.hgetall(timings),
    redis.hgetall(failures),
    readRunning(engine, batchId),
    redis.lrange(interruptions, 0, -1),
    redis.lrange(latest, 0, -1),
  ])
  const executionMs = timingOf(buckets, 'execution', totals)
  const { stuckAfterMs = Math.max(STUCK_MIN_MS, STUCK_TIMES_P99 * executionMs.p99) } = options
  const durationMs = durationOf(batch)
  const finished = batch.counts.completed + batch.counts.failed
  return {
    id: batch.id,
    code: batch.code,
    state: batch.state,
    outcome: batch.outcome,
    counts: batch.counts,
    durationMs,
    throughputPerSecond: durationMs > 0 ? Math.round((finished / durationMs) * 10_000) / 10 : 0,
    executionMs,
    lifetimeMs: timingOf(buckets, 'lifetime', totals),
    retries: totals.retries,
    retriedTasks: totals.retried,
    retriedCompleted: totals.retried_completed,
    retriedFailed: totals.retried_failed,
    postponements: totals.postponements,
    errors: Object.entries(groups)
      .map(decodeGroup)
      .toSorted((a, b) => b.count - a.count),
    latestFailures: latestRows.map(decodeFailure),
    stuckAfterMs,
    stuckTasks: findStuck(running, stuckAfterMs),
    headroom: batch.headroom,
    interruptions: rows.map(decodeInterruption),
  }
}

const TOTALS = [
  'retries',
  'retried',
  'retried_completed',
  'retried_failed',
  'postponements',
  'longest_execution',
  'shortest_execution',
  'sum_execution',
  'longest_lifetime',
  'shortest_lifetime',
  'sum_lifetime',
] as const

type Totals = Record<(typeof TOTALS)[number], number>

async function readTotals({ redis }: Engine, meta: string): Promise<Totals> {
  const values = await redis.hmget(meta, ...TOTALS)
  return Object.fromEntries(TOTALS.map((name, i) => [name, Number(values[i] ?? 0)])) as Totals
}

function durationOf({ startedAt, finishedAt }: Batch): number {
  return startedAt ? (finishedAt ?? new Date()).getTime() - startedAt.getTime() : 0
}

function timingOf(buckets: Record<string, string>, name: 'execution' | 'lifetime', totals: Totals): Percentiles {
  const max = totals[`longest_${name}`]
  const { count, p50, p90, p99 } = percentilesOf(buckets, name, max)
  const mean = count === 0 ? 0 : roundTenth(totals[`sum_${name}`] / count)
  return { count, mean, min: roundTenth(totals[`shortest_${name}`]), p50, p90, p99, max: roundTenth(max) }
}

/** Decodes `<at> <seq> <kind> <record>`. */
function decodeFailure(row: string): LatestFailure {
  const [, at, seq, kind, record = '{}'] = /^(\d+) (\d+) (\w+) (.*)$/s.exec(row) ?? []
  const { error } = JSON.parse(record) as { error?: TaskError }
  return {
    at: new Date(Number(at)),
    seq: Number(seq),
    outcome: kind as LatestFailure['outcome'],
    failureClass: error?.failureClass ?? '',
    status: error?.status ?? null,
    message: error?.message ?? '',
  }
}

function decodeGroup([group, value]: [string, string]): ErrorGroup {
  const [count, sampleSeq] = value.split(' ')
  return { ...parseFailureGroup(group), count: Number(count), sampleSeq: Number(sampleSeq) }
}

function findStuck(running: ReadonlyMap<number, number>, longerThanMs: number): StuckTask[] {
  return Array.from(running, ([seq, startedAt]) => ({ seq, runningForMs: Date.now() - startedAt }))
    .filter(({ runningForMs }) => runningForMs > longerThanMs)
    .toSorted((a, b) => b.runningForMs - a.runningForMs)
}
