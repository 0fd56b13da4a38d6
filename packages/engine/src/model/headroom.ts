import type { CriterionName, InterruptionCriteria } from './criteria.ts'

/** How far a batch is from being stopped by one of its criteria. */
export interface Headroom {
  criterion: Exclude<CriterionName, 'minSample' | 'stopOn'>
  threshold: number
  /** What is compared with the threshold, as it is now. */
  value: number
}

/** What the batch's criteria look at. */
interface Readings {
  /** Reads a number of the batch's `meta` hash. */
  number: (field: string) => number
  now: number
}

/** What each criterion looks at. `lua/lib/criteria.lua` decides; this shows. */
const MEASURES: Record<Headroom['criterion'], (readings: Readings, criteria: InterruptionCriteria) => number> = {
  maxErrorRate: errorRate,
  maxFailedTasks: ({ number }) => number('counted_failed'),
  maxConsecutiveFailures: ({ number }) => number('consecutive_failures'),
  maxRateLimitHits: ({ number }) => number('rate_limit_hits'),
  maxConcurrencyErrors: ({ number }) => number('concurrency_errors'),
  taskTimeoutMs: ({ number }) => number('longest_execution'),
  maxBatchRuntimeMs: runtime,
}

/** Every criterion that has a threshold, with its present value. */
export function headroomOf(criteria: InterruptionCriteria, readings: Readings): Headroom[] {
  const names = Object.keys(MEASURES) as Headroom['criterion'][]
  return names.flatMap((criterion) => {
    const threshold = criteria[criterion]
    return threshold === undefined ? [] : [{ criterion, threshold, value: MEASURES[criterion](readings, criteria) }]
  })
}

const DEFAULT_MIN_SAMPLE = 20

/** The greater of the two rates that are judged; of finished tasks only once there are enough of them. */
function errorRate({ number }: Readings, { minSample = DEFAULT_MIN_SAMPLE }: InterruptionCriteria): number {
  const failed = number('counted_failed')
  const finished = number('counted_finished')
  const total = number('total') - number('settled_before')
  const ofFinished = finished >= minSample ? failed / finished : 0
  const ofAll = number('sealed') === 1 && total > 0 ? failed / total : 0
  return Math.round(Math.max(ofFinished, ofAll) * 10_000) / 10_000
}

/** Time since the first lease or the last resumption; it stands still once the batch has stopped. */
function runtime({ number, now }: Readings): number {
  const from = number('runtime_from')
  if (from === 0) return 0
  return Math.max(0, (number('finished_at') || number('interrupted_at') || now) - from)
}
