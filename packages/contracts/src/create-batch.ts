import { type Static, Type } from 'typebox'
import { CriteriaBody } from './criteria.ts'
import { QueueName } from './queue-name.ts'
import { AttemptTimeoutMs, RetryBody } from './retry.ts'
import { TaskLine, TaskType } from './task-line.ts'

/** What a client says about a batch when it creates it. */
export const CreateBatchBody = Type.Object(
  {
    code: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        // No control characters and no halves of surrogate pairs: neither survives storage or a URL.
        pattern: '^[^/\\p{Cc}\\p{Cs}]+$',
        description: 'Your own unique name of the batch, without slashes and control characters. Default: its id.',
        examples: ['invoices-2026-01'],
      }),
    ),
    queue: Type.Optional({ ...QueueName, default: 'default', description: 'The queue it goes to. It must exist.' }),
    type: Type.Optional({ ...TaskType, default: 'http', description: 'The handler of tasks that do not name one.' }),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'Anything you want handed back with the batch, up to 16 KB of JSON.',
        examples: [{ customer: 'acme' }],
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'Tasks that may run at once, on all workers together. Default: as many as the queue allows.',
      }),
    ),
    priority: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10, default: 5, description: '1 (first) to 10, within the queue.' }),
    ),
    retry: Type.Optional({ ...RetryBody, description: "Fields left out are the queue's." }),
    attemptTimeoutMs: Type.Optional({
      ...AttemptTimeoutMs,
      description: "Time one attempt may take, in ms. Default: the queue's.",
    }),
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description: "When the batch stops itself. What is left out is the queue's; null switches a criterion off.",
    }),
    tasks: Type.Optional(
      Type.Array(TaskLine, {
        description: 'Tasks sent along. More than a few thousand are better appended as NDJSON.',
      }),
    ),
    sealed: Type.Optional(
      Type.Boolean({ description: 'No more tasks will come. Default: true when tasks are given, else false.' }),
    ),
  },
  {
    title: 'CreateBatch',
    additionalProperties: false,
    examples: [
      {
        code: 'invoices-2026-01',
        metadata: { customer: 'acme' },
        retry: { maxAttempts: 5 },
        tasks: [{ key: 'order-17', payload: { url: 'https://api.example.com/orders/17' } }],
      },
    ],
  },
)
export type CreateBatchBody = Static<typeof CreateBatchBody>

/** The request headers that creating a batch looks at. */
export const CreateBatchHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'The same key and body sent again create nothing: the answer is the batch of the first time.',
      examples: ['7f1c9a52-2b0e-4f0b-9a53-0b2a4a3f6a57'],
    }),
  ),
})

/** The largest metadata of a batch, in bytes of JSON. */
export const MAX_METADATA_BYTES = 16_384
