/** Percentiles of durations, in ms, each at most 10% above the exact value. */
export interface HistogramPercentiles {
  count: number
  p50: number
  p90: number
  p95: number
  p99: number
}

/**
 * Reads a histogram of `lua/lib/histogram.lua`: field `<name>:<bucket>`, where bucket b ends at 0.1 ms × 1.1^b. No
 * percentile exceeds `max`, the longest duration.
 */
export function percentilesOf(fields: Record<string, string>, name: string, max: number): HistogramPercentiles {
  const buckets = Object.entries(fields)
    .map(([field, count]) => ({ bucket: bucketOf(field, name), count: Number(count) }))
    .filter(({ bucket }) => !Number.isNaN(bucket))
    .toSorted((a, b) => a.bucket - b.bucket)
  const count = buckets.reduce((sum, bucket) => sum + bucket.count, 0)

  function percentile(share: number): number {
    let below = 0
    const found = buckets.find((bucket) => (below += bucket.count) >= count * share)
    return found ? Math.min(max, roundTenth(1.1 ** found.bucket / 10)) : 0
  }
  return { count, p50: percentile(0.5), p90: percentile(0.9), p95: percentile(0.95), p99: percentile(0.99) }
}

/** Rounds a duration to tenths of a millisecond. */
export function roundTenth(ms: number): number {
  return Math.round(ms * 10) / 10
}

/** Returns the bucket that a field counts, or NaN for a field of another histogram. */
function bucketOf(field: string, name: string): number {
  return field.startsWith(`${name}:`) ? Number(field.slice(name.length + 1)) : Number.NaN
}
