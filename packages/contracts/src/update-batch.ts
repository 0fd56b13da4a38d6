import { type Static, Type } from 'typebox'
import { CreateBatchBody } from './create-batch.ts'
import { CriteriaBody } from './criteria.ts'
import { nullable } from './nullable.ts'

const { metadata, priority, concurrency } = CreateBatchBody.properties

/** What can be changed of a batch that is not over. What is left out stays. */
export const UpdateBatchBody = Type.Object(
  {
    concurrency: Type.Optional({
      ...nullable(concurrency),
      description: 'Tasks that may run at once, on all workers together. Null: as many as the queue allows.',
    }),
    priority,
    metadata,
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description: 'Judged at once. What is left out stays; null switches a criterion off.',
    }),
  },
  {
    title: 'BatchUpdate',
    additionalProperties: false,
    minProperties: 1,
    examples: [{ concurrency: 5, interruptionCriteria: { maxErrorRate: 0.2 } }],
  },
)
export type UpdateBatchBody = Static<typeof UpdateBatchBody>
