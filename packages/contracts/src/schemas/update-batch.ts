import { type Static, Type } from 'typebox'
import { CreateBatchBody } from './create-batch.ts'
import { CriteriaBody } from './criteria.ts'
import { nullable } from './nullable.ts'
import { AttemptTimeoutMs, RetryPolicyBody } from './retry-policy.ts'

const { metadata, concurrency, startAt } = CreateBatchBody.properties

/** What can be changed of a batch that is active or interrupted. A field that is left out stays as it is. */
export const UpdateBatchBody = Type.Object(
  {
    concurrency: Type.Optional({
      ...nullable(concurrency),
      description: "Maximum number of tasks that run at once, on all workers. Null: the queue's concurrency applies.",
    }),
    priority: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10, description: 'Priority in the queue, from 1 (first) to 10.' }),
    ),
    startAt: Type.Optional({
      ...nullable(startAt),
      description:
        'The time before which no task starts, while none has: later or earlier. Null, or a time in the past: at once.',
    }),
    metadata: Type.Optional({ ...metadata, description: 'JSON values that replace the attached ones, at most 16 KB.' }),
    retry: Type.Optional({
      ...RetryPolicyBody,
      description:
        'Changes to the retry policy. A field that is left out stays as it is, except for a bound of the delay that would ' +
        'contradict the other one. Attempts that start from then on count.',
    }),
    attemptTimeoutMs: Type.Optional({
      ...AttemptTimeoutMs,
      description: 'Time limit of one attempt, in ms, for attempts that start from then on.',
    }),
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description:
        'Changes to the criteria, judged at once. A criterion that is left out stays as it is; null switches it off.',
    }),
  },
  {
    title: 'UpdateBatch',
    additionalProperties: false,
    minProperties: 1,
    examples: [{ concurrency: 5, interruptionCriteria: { maxErrorRate: 0.2 } }],
  },
)
export type UpdateBatchBody = Static<typeof UpdateBatchBody>
