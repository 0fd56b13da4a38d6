import type { CriterionName, InterruptionCriteria } from './criteria.ts'

/** A criterion's threshold beside the value it is compared with now. */
export interface Headroom {
  criterion: Exclude<CriterionName, 'minSample' | 'stopOn'>
  threshold: number
  /** The current value that the criterion compares with its threshold. */
  value: number
}

/** The numbers that criteria are computed from. */
interface Readings {
  /** Returns a numeric field of the batch's `meta` hash, 0 if it is absent. */
  number: (field: string) => number
  now: number
}

/** The value of each criterion, for display. `lua/lib/criteria.lua` decides whether a criterion trips. */
const MEASURES: Record<Headroom['criterion'], (readings: Readings, criteria: InterruptionCriteria) => number> = {
  maxErrorRate: errorRate,
  maxFailedTasks: ({ number }) => number('counted_failed'),
  maxConsecutiveFailures: ({ number }) => number('consecutive_failures'),
  maxRateLimitHits: ({ number }) => number('rate_limit_hits'),
  maxConcurrencyErrors: ({ number }) => number('concurrency_errors'),
  taskTimeoutMs: ({ number }) => number('longest_execution'),
  maxBatchRuntimeMs: runtime,
}

/** The criteria that have a threshold, in the order in which `lua/lib/series.lua` computes their shares. */
export const MEASURED_CRITERIA = Object.keys(MEASURES) as Headroom['criterion'][]

/** Returns each criterion that has a threshold, with its current value. */
export function headroomOf(criteria: InterruptionCriteria, readings: Readings): Headroom[] {
  return MEASURED_CRITERIA.flatMap((criterion) => {
    const threshold = criteria[criterion]
    return threshold === undefined ? [] : [{ criterion, threshold, value: MEASURES[criterion](readings, criteria) }]
  })
}

const DEFAULT_MIN_SAMPLE = 20

/** Returns the greater of the two judged rates. That of finished tasks counts only once the sample is complete. */
function errorRate({ number }: Readings, { minSample = DEFAULT_MIN_SAMPLE }: InterruptionCriteria): number {
  const failed = number('counted_failed')
  const finished = number('counted_finished')
  const total = number('total') - number('settled_before')
  const ofFinished = finished >= minSample ? failed / finished : 0
  const ofAll = number('sealed') === 1 && total > 0 ? failed / total : 0
  return Math.round(Math.max(ofFinished, ofAll) * 10_000) / 10_000
}

/** Returns the time since the first lease, or the last resumption or retry, in ms. It ends when the batch stops. */
function runtime({ number, now }: Readings): number {
  const from = number('runtime_from')
  if (from === 0) return 0
  return Math.max(0, (number('finished_at') || number('interrupted_at') || now) - from)
}
