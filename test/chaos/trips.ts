import type { CriteriaBody, InterruptionView } from '../../packages/contracts/src/index.ts'
import type { Behaviour } from './upstream.ts'

/** A criterion, and an upstream that meets it. */
export interface Trip {
  reason: string
  criteria: CriteriaBody
  /** How the upstream answers until the batch has stopped. */
  behaviour: Behaviour
  /** Whether the row of the stop has the value of the outcome that met the criterion. */
  isRight: (row: InterruptionView) => boolean
}

const MIN_SAMPLE = 20

const always =
  (status: number, delayMs = 20): Behaviour =>
  () => ({ status, delayMs })

/** Every stop is judged by each outcome in turn, so that a count is never above its threshold. */
const exactly = ({ value, threshold }: InterruptionView) => value === threshold

const atLeast = ({ value, threshold }: InterruptionView) => Number(value) >= Number(threshold)

/** Completions that were recorded in the same step as the outcome are counted in the row, and not in its value. */
const above = ({ value, threshold, counts: { failed, completed } }: InterruptionView) => {
  const finished = Math.round(failed / Number(value))
  const isRate = failed / finished === value && finished >= MIN_SAMPLE && finished <= failed + completed
  return isRate && value > Number(threshold)
}

/** One for each criterion. */
export const TRIPS: readonly Trip[] = [
  {
    reason: 'fatal_failure',
    criteria: { stopOn: ['auth'] },
    behaviour: always(401),
    isRight: ({ value }) => value === 'auth',
  },
  {
    reason: 'batch_runtime_exceeded',
    criteria: { maxBatchRuntimeMs: 1500 },
    behaviour: always(200, 400),
    isRight: atLeast,
  },
  { reason: 'task_timeout', criteria: { taskTimeoutMs: 400 }, behaviour: always(200, 2500), isRight: atLeast },
  {
    reason: 'consecutive_failures_exceeded',
    criteria: { maxConsecutiveFailures: 15 },
    behaviour: always(500),
    isRight: exactly,
  },
  { reason: 'rate_limit_hits_exceeded', criteria: { maxRateLimitHits: 9 }, behaviour: always(429), isRight: exactly },
  {
    reason: 'concurrency_errors_exceeded',
    criteria: { maxConcurrencyErrors: 12 },
    behaviour: always(503),
    isRight: exactly,
  },
  { reason: 'failed_tasks_exceeded', criteria: { maxFailedTasks: 7 }, behaviour: always(400), isRight: exactly },
  {
    reason: 'error_rate_exceeded',
    criteria: { maxErrorRate: 0.2, minSample: MIN_SAMPLE },
    behaviour: (seq) => ({ status: seq % 3 === 0 ? 400 : 200, delayMs: 20 }),
    isRight: above,
  },
]

/** Changes that switch all criteria of a trip off. */
export function without({ criteria }: Trip): Record<string, null> {
  return Object.fromEntries(Object.keys(criteria).map((name) => [name, null]))
}
