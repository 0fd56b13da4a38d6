import { type Static, type TSchema, Type } from 'typebox'
import { FailureClass } from './task.ts'
import { nullable } from './nullable.ts'

const count = (description: string) => Type.Integer({ minimum: 1, maximum: 1_000_000_000, description })
const DAYS_30_MS = 30 * 86_400_000

const criteria = {
  maxErrorRate: Type.Number({
    minimum: 0,
    maximum: 1,
    description: 'Share of failed tasks that must not be exceeded: of those finished, or of all once it is sealed.',
  }),
  minSample: count('Finished tasks before the share of failed ones among them is judged. Default 20.'),
  maxFailedTasks: count('Failed tasks at which the batch stops.'),
  maxConsecutiveFailures: count('Failed attempts in a row, over all workers, at which the batch stops.'),
  maxRateLimitHits: count('Answers of 429 at which the batch stops.'),
  maxConcurrencyErrors: count('Answers of 502 and 503 at which the batch stops.'),
  taskTimeoutMs: Type.Integer({
    minimum: 1,
    maximum: 86_400_000,
    description: 'An attempt that takes so long is aborted and stops the batch, in ms.',
  }),
  maxBatchRuntimeMs: Type.Integer({
    minimum: 1,
    maximum: DAYS_30_MS,
    description: 'The batch stops so long after its first task started or it was resumed, in ms.',
  }),
  stopOn: Type.Array(FailureClass, {
    minItems: 1,
    uniqueItems: true,
    description: 'Failure classes whose first failure stops the batch.',
    examples: [['auth']],
  }),
}

/** A criterion that may be left out, or be null to switch it off. */
function changeable<const Schema extends TSchema>(schema: Schema) {
  return Type.Optional(nullable(schema))
}

/** When a batch stops itself, as it is sent: what is left out stays as it is, null switches a criterion off. */
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

/** The criteria in force; one that is not there never stops the batch. */
export const CriteriaView = Type.Partial(Type.Object(criteria), {
  title: 'InterruptionCriteria',
  description: 'When a batch stops itself. What is left out never stops it.',
  additionalProperties: false,
})
export type CriteriaView = Static<typeof CriteriaView>

/** How far a batch is from being stopped by a criterion. */
export const HeadroomView = Type.Object(
  {
    criterion: Type.String({ examples: ['maxErrorRate'] }),
    threshold: Type.Number(),
    value: Type.Number({ description: 'What is compared with the threshold, as it is now.' }),
  },
  { title: 'Headroom', additionalProperties: false },
)
