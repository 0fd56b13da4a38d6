import type { Engine } from '../engine.ts'
import type { Batch } from '../model/batch.ts'
import { decodeInterruption } from '../model/interruption.ts'
import { readRunning } from '../task/read-running.ts'
import { readBatch } from './read-batch.ts'
import type { BatchReport, ErrorGroup, Percentiles, StuckTask } from '../model/report.ts'

const STUCK_MIN_MS = 60_000
const STUCK_TIMES_P99 = 10

/** Reads the report of a batch. Its cost does not depend on the number of tasks. Throws `BatchNotFoundError`. */
export async function readReport(engine: Engine, batchId: string): Promise<BatchReport> {
  const { redis, keys } = engine
  const { meta, timings, failures, interruptions } = keys.batch(batchId)
  const [batch, totals, buckets, groups, running, rows] = await Promise.all([
    readBatch(engine, batchId),
    redis.hmget(meta, 'retries', 'postponements', 'longest_execution', 'longest_lifetime'),
    redis.hgetall(timings),
    redis.hgetall(failures),
    readRunning(engine, batchId),
    redis.lrange(interruptions, 0, -1),
  ])
  const executionMs = reported(percentilesOf(buckets, 'execution', Number(totals[2] ?? 0)))
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
    lifetimeMs: reported(percentilesOf(buckets, 'lifetime', Number(totals[3] ?? 0))),
    retries: Number(totals[0] ?? 0),
    postponements: Number(totals[1] ?? 0),
    errors: Object.entries(groups)
      .map(decodeGroup)
      .toSorted((a, b) => b.count - a.count),
    stuckTasks: findStuck(running, Math.max(STUCK_MIN_MS, STUCK_TIMES_P99 * executionMs.p99)),
    headroom: batch.headroom,
    interruptions: rows.map(decodeInterruption),
  }
}

function reported({ p95: _p95, ...percentiles }: Percentiles & { p95: number }): Percentiles {
  return percentiles
}

function durationOf({ startedAt, finishedAt }: Batch): number {
  return startedAt ? (finishedAt ?? new Date()).getTime() - startedAt.getTime() : 0
}

/** Reads a histogram of `lua/lib/histogram.lua`: field `<name>:<bucket>`, where bucket b ends at 0.1 ms × 1.1^b. */
export function percentilesOf(
  fields: Record<string, string>,
  name: string,
  max: number,
): Percentiles & { p95: number } {
  const buckets = Object.entries(fields)
    .map(([field, count]) => ({ bucket: bucketOf(field, name), count: Number(count) }))
    .filter(({ bucket }) => !Number.isNaN(bucket))
    .toSorted((a, b) => a.bucket - b.bucket)
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0)

  function percentile(share: number): number {
    let below = 0
    const found = buckets.find((bucket) => (below += bucket.count) >= count * share)
    return found ? Math.min(max, round(1.1 ** found.bucket / 10)) : 0
  }
  const [p50, p90, p95, p99] = [0.5, 0.9, 0.95, 0.99].map(percentile) as [number, number, number, number]
  return { count, p50, p90, p95, p99, max: round(max) }
}

/** Returns the bucket that a field counts, or NaN for a field of another histogram. */
function bucketOf(field: string, name: string): number {
  return field.startsWith(`${name}:`) ? Number(field.slice(name.length + 1)) : Number.NaN
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** Decodes a group, which is `<failure class>: <text>` or `<failure class> <status>: <text>`. */
function decodeGroup([group, value]: [string, string]): ErrorGroup {
  const colon = group.indexOf(': ')
  const [count, sampleSeq] = value.split(' ')
  const [failureClass = '', status] = group.slice(0, colon).split(' ')
  return {
    failureClass,
    status: status === undefined ? null : Number(status),
    message: group.slice(colon + 2),
    count: Number(count),
    sampleSeq: Number(sampleSeq),
  }
}

function findStuck(running: ReadonlyMap<number, number>, longerThanMs: number): StuckTask[] {
  return Array.from(running, ([seq, startedAt]) => ({ seq, runningForMs: Date.now() - startedAt }))
    .filter(({ runningForMs }) => runningForMs > longerThanMs)
    .toSorted((a, b) => b.runningForMs - a.runningForMs)
}
