import { type Static, Type } from 'typebox'
import { CriteriaBody, CriteriaView } from './criteria.ts'
import { LimitName } from './limit.ts'
import { nullable } from './nullable.ts'
import { AttemptTimeoutMs, RetryBody, RetryView } from './retry.ts'

const Concurrency = Type.Integer({
  minimum: 1,
  maximum: 10_000,
  default: 100,
  description: 'Tasks of the queue that may run at once, on all workers together.',
})

/** What the `http` handler fills into the tasks of a queue. */
export const QueueHttp = Type.Object(
  {
    timeoutMs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 86_400_000, description: 'Time one call may take, in ms. Default 30,000.' }),
    ),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" }),
        Type.String({ maxLength: 8192, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
        {
          description: "Headers sent with every call; a task's own header of the same name wins.",
          examples: [{ authorization: 'Bearer ${secret:EXAMPLE_KEY}' }],
          additionalProperties: false,
        },
      ),
    ),
    secretHosts: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        maxItems: 100,
        description: 'Hosts that ${secret:NAME} may be sent to. Default: none.',
        examples: [['api.example.com']],
      }),
    ),
  },
  { title: 'QueueHttp', additionalProperties: false },
)
export type QueueHttp = Static<typeof QueueHttp>

const QueueLimit = nullable({
  ...LimitName,
  description: 'The limit its tasks are under, shared with every queue that names it. Null: none.',
})

const Paused = Type.Boolean({ default: false, description: 'No task of a paused queue is started.' })

/** The settings of a queue as they are sent: what is left out takes its default. */
export const QueueBody = Type.Object(
  {
    concurrency: Type.Optional(Concurrency),
    retry: Type.Optional(RetryBody),
    attemptTimeoutMs: Type.Optional({ ...AttemptTimeoutMs, default: 600_000 }),
    http: Type.Optional(QueueHttp),
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description: 'Criteria of its batches that say nothing else. Copied into a batch when it is created.',
    }),
    limit: Type.Optional(QueueLimit),
    paused: Type.Optional(Paused),
  },
  {
    title: 'QueueUpdate',
    additionalProperties: false,
    examples: [{ concurrency: 20, retry: { maxAttempts: 5 }, http: { timeoutMs: 60_000 } }],
  },
)
export type QueueBody = Static<typeof QueueBody>

const ticketCount = Type.Integer({ minimum: 0 })

/** A queue as it is at one moment. */
export const QueueView = Type.Object(
  {
    name: Type.String({ examples: ['default'] }),
    concurrency: Concurrency,
    retry: RetryView,
    attemptTimeoutMs: AttemptTimeoutMs,
    http: QueueHttp,
    interruptionCriteria: CriteriaView,
    limit: QueueLimit,
    paused: Paused,
    activeBatches: Type.Integer({ minimum: 0, description: 'Its active batches.' }),
    tickets: Type.Object(
      { active: ticketCount, waiting: ticketCount, delayed: ticketCount },
      {
        description: 'Units of concurrency: being used by a worker, ready to be used, and waiting for a time.',
        additionalProperties: false,
      },
    ),
  },
  { title: 'Queue', additionalProperties: false },
)
export type QueueView = Static<typeof QueueView>

/** All queues. */
export const QueueList = Type.Object(
  { queues: Type.Array(QueueView) },
  { title: 'QueueList', additionalProperties: false },
)
export type QueueList = Static<typeof QueueList>
