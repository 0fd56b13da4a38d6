import type { Batch, Series } from '@sluice/client'
import { useMemo, useRef } from 'preact/hooks'
import { clock } from './clock.ts'

/** A batch at one moment, as its charts show it. Null: not known of that moment. */
export interface Sample {
  /** In ms since 1970. */
  at: number
  completedPerSecond: number | null
  failedPerSecond: number | null
  running: number
  concurrency: number | null
  /** The calls per second that the limit of the queue allowed. */
  allowedPerSecond: number | null
  /** Each criterion's value as a share of its threshold. */
  criteria: Readonly<Record<string, number | undefined>>
  /** Durations of the attempts that ended, in ms. */
  p50Ms: number | null
  p95Ms: number | null
}

/** Moments that the page has seen itself: of ten minutes, two a second at most. */
const MAX_SEEN = 1200

/** A batch as the page has seen it. */
interface Seen {
  at: number
  batch: Batch
  bounds: Bounds
}

/** What bounds a batch and does not belong to it. */
export interface Bounds {
  concurrency: number | null
  /** Null: no limit, or not known. */
  allowedPerSecond: number | null
}

/**
 * The samples of a batch, oldest first: of the past from the series that the API keeps, and since the page was opened from
 * what it has seen.
 */
export function useSamples(batch: Batch | undefined, bounds: Bounds, series: Series | undefined) {
  const held = useRef<{ id: string | undefined; seen: Seen[] }>({ id: undefined, seen: [] })
  if (held.current.id !== batch?.id) held.current = { id: batch?.id, seen: [] }
  if (batch !== undefined && held.current.seen.at(-1)?.batch !== batch) {
    held.current.seen = [...held.current.seen.slice(1 - MAX_SEEN), { at: clock(), batch, bounds }]
  }
  const { seen } = held.current
  const past = useMemo(() => (series === undefined ? [] : pastSamples(series)), [series])
  return useMemo(() => {
    const since = seen[0]?.at ?? Number.POSITIVE_INFINITY
    return [
      ...past.filter(({ at }) => at < since),
      ...seen.map((one, index) => seenSample(one, aSecondBefore(seen, index), past)),
    ]
  }, [seen, past])
}

/** Periods without a sample are those in which nothing ended. */
function pastSamples({ periodMs, samples }: Series): Sample[] {
  return samples.flatMap((sample, index) => {
    const start = Date.parse(sample.at)
    const before = samples[index - 1]
    const gap = before === undefined ? 0 : start - Date.parse(before.at) - periodMs
    const middle = start + periodMs / 2
    const point: Sample = {
      at: middle,
      completedPerSecond: (sample.completed * 1000) / periodMs,
      failedPerSecond: (sample.failed * 1000) / periodMs,
      running: sample.running,
      concurrency: sample.concurrency,
      // The series does not have it.
      allowedPerSecond: null,
      criteria: { ...sample.criteria },
      p50Ms: sample.p50Ms,
      p95Ms: sample.p95Ms,
    }
    if (gap < periodMs) return [point]
    const idle = {
      ...point,
      completedPerSecond: 0,
      failedPerSecond: 0,
      running: before?.running ?? 0,
      p50Ms: null,
      p95Ms: null,
    }
    return [{ ...idle, at: middle - gap }, ...(gap >= 2 * periodMs ? [{ ...idle, at: middle - periodMs }] : []), point]
  })
}

/** Rates over less than a second would only show how the changes were collected. */
const RATE_OVER_MS = 950

function aSecondBefore(seen: readonly Seen[], index: number): Seen | undefined {
  const until = (seen[index]?.at ?? 0) - RATE_OVER_MS
  for (let n = index - 1; n >= 0; n -= 1) {
    const one = seen[n]
    if (one !== undefined && one.at <= until) return one
  }
  return undefined
}

function seenSample({ at, batch, bounds }: Seen, before: Seen | undefined, past: readonly Sample[]): Sample {
  const { counts, headroom } = batch
  const latest = past.findLast((sample) => sample.at <= at && sample.p50Ms !== null)
  return {
    at,
    completedPerSecond: perSecond('completed', at, counts, before),
    failedPerSecond: perSecond('failed', at, counts, before),
    running: counts.running,
    ...bounds,
    criteria: Object.fromEntries(
      headroom.map(({ criterion, value, threshold }) => [criterion, threshold === 0 ? 0 : value / threshold]),
    ),
    p50Ms: latest?.p50Ms ?? null,
    p95Ms: latest?.p95Ms ?? null,
  }
}

/** A retry lowers the counts, which is no rate. */
function perSecond(
  name: 'completed' | 'failed',
  at: number,
  counts: Batch['counts'],
  before: Seen | undefined,
): number | null {
  if (before === undefined) return null
  const ended = counts[name] - before.batch.counts[name]
  return ended < 0 ? null : (ended * 1000) / Math.max(1, at - before.at)
}
