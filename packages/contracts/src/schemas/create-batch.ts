import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { CriteriaBody } from './criteria.ts'
import { QueueName } from './queue.ts'
import { AttemptTimeoutMs, RetryPolicyBody } from './retry-policy.ts'
import { TaskLine, TaskType } from './task-line.ts'

/** What a client says about a batch when it creates it. */
export const CreateBatchBody = Type.Object(
  {
    code: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        pattern: patterns.code,
        description:
          'Your own unique name for the batch. It must not contain slashes or control characters. Default: its id.',
        examples: ['invoices-2026-01'],
      }),
    ),
    queue: Type.Optional({ ...QueueName, default: 'default', description: 'The queue to submit to. It must exist.' }),
    type: Type.Optional({ ...TaskType, default: 'http', description: 'The handler that runs tasks without a `type`.' }),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'JSON values to attach to the batch, at most 16 KB. They are returned with it.',
        examples: [{ customer: 'acme' }],
      }),
    ),
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: "Maximum number of tasks that run at once, on all workers. Default: the queue's concurrency.",
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10,
        default: 5,
        description: 'Priority in the queue, from 1 (first) to 10.',
      }),
    ),
    startAt: Type.Optional(
      Type.String({
        pattern: patterns.time,
        description:
          'The time before which no task starts, at most 366 days from now. A time in the past is the present. Default: ' +
          'the present.',
        examples: ['2026-12-01T08:00:00Z'],
      }),
    ),
    retry: Type.Optional({
      ...RetryPolicyBody,
      description: "The retry policy. A field that is left out takes the queue's value.",
    }),
    attemptTimeoutMs: Type.Optional({
      ...AttemptTimeoutMs,
      description: "Time limit of one attempt, in ms. Default: the queue's `attemptTimeoutMs`.",
    }),
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description:
        'The conditions on which the batch stops itself. A criterion that is left out takes the ' +
        "queue's value; null switches it off.",
    }),
    tasks: Type.Optional(
      Type.Array(TaskLine, {
        description: 'The first tasks of the batch, or none. Send more than a few thousand as NDJSON instead.',
      }),
    ),
    sealed: Type.Optional(
      Type.Boolean({
        description:
          'Whether the batch accepts no more tasks. Default: true if `tasks` is given, otherwise false. A sealed batch ' +
          'without tasks completes at once.',
      }),
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

const { code, queue, type, concurrency, priority, startAt, attemptTimeoutMs } = CreateBatchBody.properties

/** The settings of a batch whose tasks are sent as NDJSON. */
export const CreateBatchQuery = Type.Object(
  {
    code,
    queue,
    type,
    concurrency,
    priority,
    startAt,
    attemptTimeoutMs,
    seal: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether the batch accepts no more tasks, so that it completes when these have ended.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type CreateBatchQuery = Static<typeof CreateBatchQuery>

/** The request headers that creating a batch reads. */
export const CreateBatchHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'A unique value that makes the request safe to repeat: the same key with the same body returns the batch that ' +
        'the first request created.',
      examples: ['7f1c9a52-2b0e-4f0b-9a53-0b2a4a3f6a57'],
    }),
  ),
  traceparent: Type.Optional(
    Type.String({
      description:
        'The trace that the request belongs to (W3C Trace Context). It is kept with the batch, and passed on to the hosts ' +
        "in its queue's `http.propagateTrace`. An invalid value is ignored.",
      examples: ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    }),
  ),
})
export type CreateBatchHeaders = Static<typeof CreateBatchHeaders>

/** How far ahead a batch may start, in days. */
export const MAX_START_DAYS = 366

/** The largest metadata of a batch, in bytes of JSON. */
export const MAX_METADATA_BYTES = 16_384
