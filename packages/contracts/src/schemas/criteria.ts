import { type Static, type TSchema, Type } from 'typebox'
import { FailureClass } from './task.ts'
import { nullable } from './nullable.ts'

const count = (description: string) => Type.Integer({ minimum: 1, maximum: 1_000_000_000, description })
const DAYS_30_MS = 30 * 86_400_000

const criteria = {
  maxErrorRate: Type.Number({
    minimum: 0,
    maximum: 1,
    description:
      'Share of failed tasks above which the batch stops: of the finished tasks once there are `minSample` of them, and of ' +
      'all tasks once the batch is sealed. While a batch is not sealed, fewer tasks never stop it.',
  }),
  minSample: count('Number of finished tasks required before `maxErrorRate` is judged by them. Default: 20.'),
  maxFailedTasks: count('Number of failed tasks at which the batch stops.'),
  maxConsecutiveFailures: count('Number of consecutive failed attempts, on all workers, at which the batch stops.'),
  maxRateLimitHits: count('Number of 429 responses at which the batch stops.'),
  maxConcurrencyErrors: count('Number of 502 and 503 responses at which the batch stops.'),
  taskTimeoutMs: Type.Integer({
    minimum: 1,
    maximum: 86_400_000,
    description: 'Duration of one attempt, in ms, at which it is aborted and the batch stops.',
  }),
  maxBatchRuntimeMs: Type.Integer({
    minimum: 1,
    maximum: DAYS_30_MS,
    description:
      'Time, in ms, after which the batch stops. It starts with the first task, and again at each resumption.',
  }),
  stopOn: Type.Array(FailureClass, {
    minItems: 1,
    uniqueItems: true,
    description: 'Failure classes that stop the batch at their first failure.',
    examples: [['auth']],
  }),
}

/** A criterion that may be left out, or be null to switch it off. */
function changeable<const Schema extends TSchema>(schema: Schema) {
  return Type.Optional(nullable(schema))
}

/** When a batch stops itself, as it is sent: a criterion that is left out stays as it is, null switches it off. */
export const CriteriaBody = Type.Object(
  {
    maxErrorRate: changeable(criteria.maxErrorRate),
    minSample: changeable(criteria.minSample),
    maxFailedTasks: changeable(criteria.maxFailedTasks),
    maxConsecutiveFailures: changeable(criteria.maxConsecutiveFailures),
    maxRateLimitHits: changeable(criteria.maxRateLimitHits),
    maxConcurrencyErrors: changeable(criteria.maxConcurrencyErrors),
    taskTimeoutMs: changeable(criteria.taskTimeoutMs),
    maxBatchRuntimeMs: changeable(criteria.maxBatchRuntimeMs),
    stopOn: changeable(criteria.stopOn),
  },
  {
    title: 'InterruptionCriteriaUpdate',
    additionalProperties: false,
    examples: [{ maxErrorRate: 0.1, maxConsecutiveFailures: 20, stopOn: ['auth'] }],
  },
)
export type CriteriaBody = Static<typeof CriteriaBody>

/** The criteria in force. One that is absent never stops the batch. */
export const CriteriaView = Type.Partial(Type.Object(criteria), {
  title: 'InterruptionCriteria',
  description: 'The conditions on which the batch stops itself. An absent criterion never stops it.',
  additionalProperties: false,
})
export type CriteriaView = Static<typeof CriteriaView>

/** How far a batch is from being stopped by a criterion. */
export const HeadroomView = Type.Object(
  {
    criterion: Type.String({ description: 'Name of the criterion.', examples: ['maxErrorRate'] }),
    threshold: Type.Number({ description: 'The configured value.' }),
    value: Type.Number({ description: 'The current value that is compared with the threshold.' }),
  },
  { title: 'Headroom', additionalProperties: false },
)
export type HeadroomView = Static<typeof HeadroomView>
