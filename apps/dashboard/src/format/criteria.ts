import { count, percent } from './numbers.ts'
import { duration } from './durations.ts'

/** A criterion that has a threshold. */
export interface Criterion {
  name: CriterionName
  title: string
  /** What its threshold counts. */
  unit: 'count' | 'share' | 'ms'
  /** The reason of an interruption by it. */
  reason: string
}

/** The name of a criterion that has a threshold, as `interruptionCriteria` has it. */
export type CriterionName =
  | 'maxConsecutiveFailures'
  | 'maxErrorRate'
  | 'maxFailedTasks'
  | 'maxRateLimitHits'
  | 'maxConcurrencyErrors'
  | 'taskTimeoutMs'
  | 'maxBatchRuntimeMs'

/** All criteria that have a threshold. */
export const CRITERIA: readonly Criterion[] = [
  {
    name: 'maxConsecutiveFailures',
    title: 'Failures in a row',
    unit: 'count',
    reason: 'consecutive_failures_exceeded',
  },
  { name: 'maxErrorRate', title: 'Error rate', unit: 'share', reason: 'error_rate_exceeded' },
  { name: 'maxFailedTasks', title: 'Failed tasks', unit: 'count', reason: 'failed_tasks_exceeded' },
  { name: 'maxRateLimitHits', title: 'Rate limit hits (429)', unit: 'count', reason: 'rate_limit_hits_exceeded' },
  {
    name: 'maxConcurrencyErrors',
    title: 'Concurrency errors (502, 503)',
    unit: 'count',
    reason: 'concurrency_errors_exceeded',
  },
  { name: 'taskTimeoutMs', title: 'Longest attempt', unit: 'ms', reason: 'task_timeout' },
  { name: 'maxBatchRuntimeMs', title: 'Runtime', unit: 'ms', reason: 'batch_runtime_exceeded' },
]

/** The criterion by its name. Undefined: it has no threshold, such as `stopOn`. */
export function criterionOf(name: string): Criterion | undefined {
  return CRITERIA.find((criterion) => criterion.name === name)
}

/** A value or a threshold of a criterion in words. */
export function criterionValue({ unit }: Pick<Criterion, 'unit'>, value: number): string {
  if (unit === 'share') return percent(value * 100)
  return unit === 'ms' ? duration(value) : count(value)
}
