import { type Static, type TSchema, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { CriteriaBody, CriteriaView } from './criteria.ts'
import { HttpHeaders } from './http-headers.ts'
import { LimitName } from './limit.ts'
import { nullable } from './nullable.ts'
import { NextCursor } from './paging.ts'
import { TenantName } from './tenant.ts'
import { AttemptTimeoutMs, RetryPolicyBody, RetryPolicyView } from './retry-policy.ts'

/** The name of a queue. */
export const QueueName = Type.String({
  pattern: patterns.name,
  description: 'The name of a queue: up to 63 lower-case letters, digits, dots, underscores and hyphens.',
  examples: ['default'],
})

/** A queue in a path. */
export const QueueParams = Type.Object({ name: QueueName })
export type QueueParams = Static<typeof QueueParams>

const Concurrency = Type.Integer({
  minimum: 1,
  maximum: 10_000,
  default: 100,
  description: 'Maximum number of tasks of the queue that run at once, on all workers.',
})

/** Defaults that the `http` handler takes for the tasks of a queue. */
export const QueueHttp = Type.Object(
  {
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400_000,
        description: 'Time limit of one call, in ms. Default: 30,000.',
      }),
    ),
    headers: Type.Optional({
      ...HttpHeaders,
      description:
        'Headers to send with every call. A header of the task replaces one of the same name. A header that carries a credential, by its name, must contain `${secret:NAME}`.',
    }),
    hosts: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        maxItems: 100,
        description:
          'Hosts that tasks may call, with or without a port; `*.example.com` names all below. Default: all. A response of any host that a task calls may pause the limit of the queue.',
        examples: [['api.example.com']],
      }),
    ),
    secrets: Type.Optional(
      Type.Array(Type.String({ pattern: patterns.secretName }), {
        maxItems: 100,
        description:
          'Names of secrets that tasks of the queue may use as `${secret:NAME}`. Workers send a secret only to the hosts that ' +
          'it is bound to in their environment. Adding a name needs the permission `secrets:grant`. Default: none.',
        examples: [['EXAMPLE_KEY']],
      }),
    ),
    propagateTrace: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
        maxItems: 100,
        description:
          'Hosts that receive a `traceparent` with each call, written like `hosts`: the trace of the request that created ' +
          'the batch, with a span id per attempt. Default: none, because an upstream is a third party.',
        examples: [['api.internal.example.com']],
      }),
    ),
  },
  { title: 'QueueHttp', additionalProperties: false, description: 'Defaults of the `http` handler.' },
)
export type QueueHttp = Static<typeof QueueHttp>

const QueueLimit = nullable({
  ...LimitName,
  description: 'The limit that applies to the tasks, shared by all queues that name it. Null: none.',
})

/** What the API returns with the settings. It is accepted, so that what was read can be sent back. */
const readOnlyMembers = {
  name: Type.Optional({ ...QueueName, readOnly: true, description: 'Read-only. Must be the name in the path.' }),
  activeBatches: Type.Optional(Type.Integer({ readOnly: true, description: 'Read-only. Ignored.' })),
  tickets: Type.Optional(Type.Object({}, { readOnly: true, description: 'Read-only. Ignored.' })),
  workers: Type.Optional(Type.Integer({ readOnly: true, description: 'Read-only. Ignored.' })),
  types: Type.Optional(Type.Array(Type.String(), { readOnly: true, description: 'Read-only. Ignored.' })),
}

const Tenants = nullable(
  Type.Array(TenantName, {
    minItems: 1,
    maxItems: 100,
    uniqueItems: true,
    description:
      'The tenants whose API keys may use the queue. For others it does not exist. Adding one while the queue has secrets ' +
      'needs the permission `secrets:grant`. Null: all tenants. API keys of no tenant may use every queue.',
  }),
)

const Paused = Type.Boolean({ default: false, description: 'Whether the queue is paused: none of its tasks start.' })

/** The settings of a queue as they are sent: a field that is left out takes its default. */
export const PutQueueBody = Type.Object(
  {
    concurrency: Type.Optional(Concurrency),
    retry: Type.Optional({
      ...RetryPolicyBody,
      description: 'Default retry policy. A field that is left out takes its default.',
    }),
    attemptTimeoutMs: Type.Optional({ ...AttemptTimeoutMs, default: 600_000 }),
    http: Type.Optional(QueueHttp),
    interruptionCriteria: Type.Optional({
      ...CriteriaBody,
      description:
        'Default criteria, copied into each batch when it is created. If given, they replace those of a new queue, which ' +
        'are `{"maxConsecutiveFailures": 300, "stopOn": ["auth"]}`: a criterion that is left out never stops a batch.',
    }),
    limit: Type.Optional(QueueLimit),
    tenants: Type.Optional(Tenants),
    paused: Type.Optional(Paused),
    ...readOnlyMembers,
  },
  {
    title: 'PutQueue',
    additionalProperties: false,
    examples: [{ concurrency: 20, retry: { maxAttempts: 5 }, http: { timeoutMs: 60_000 } }],
  },
)
export type PutQueueBody = Static<typeof PutQueueBody>

/** A setting that stays as it is when left out. Null resets it to its default. */
function changeable<const Schema extends TSchema>(schema: Schema) {
  return Type.Optional(nullable(schema))
}

const { timeoutMs, headers, hosts, secrets, propagateTrace } = QueueHttp.properties
const retryChange = RetryPolicyBody.properties

/** A change of the settings of a queue. */
export const ChangeQueueBody = Type.Object(
  {
    concurrency: changeable(Concurrency),
    retry: changeable(
      Type.Object(
        {
          maxAttempts: changeable(retryChange.maxAttempts),
          minDelayMs: changeable(retryChange.minDelayMs),
          maxDelayMs: changeable(retryChange.maxDelayMs),
          maxPostponedMs: changeable(retryChange.maxPostponedMs),
        },
        {
          title: 'RetryPolicyChange',
          additionalProperties: false,
          description: 'Changes to the default retry policy.',
        },
      ),
    ),
    attemptTimeoutMs: changeable(AttemptTimeoutMs),
    http: changeable(
      Type.Object(
        {
          timeoutMs: changeable(timeoutMs),
          headers: changeable({
            ...headers,
            description: 'Headers that replace all headers of the queue. A credential must contain `${secret:NAME}`.',
          }),
          hosts: changeable(hosts),
          secrets: changeable(secrets),
          propagateTrace: changeable(propagateTrace),
        },
        { title: 'QueueHttpChange', additionalProperties: false, description: 'Changes to the defaults of `http`.' },
      ),
    ),
    interruptionCriteria: changeable({
      ...CriteriaBody,
      description:
        'Changes to the default criteria. Null for one criterion switches it off, and null for all restores those of a new queue.',
    }),
    limit: Type.Optional(QueueLimit),
    tenants: Type.Optional(Tenants),
    paused: changeable(Paused),
    ...readOnlyMembers,
  },
  {
    title: 'ChangeQueue',
    additionalProperties: false,
    minProperties: 1,
    examples: [{ concurrency: 5, retry: { maxAttempts: 5 }, limit: null }],
  },
)
export type ChangeQueueBody = Static<typeof ChangeQueueBody>

const count = (description: string) => Type.Integer({ minimum: 0, description })

const TicketCountsView = Type.Object(
  {
    active: count('Tickets that a worker is running.'),
    waiting: count('Tickets that are ready to run.'),
    delayed: count('Tickets that wait for a time.'),
  },
  {
    title: 'TicketCounts',
    description: "Number of tickets by state. Each ticket carries one unit of a batch's concurrency.",
    additionalProperties: false,
  },
)

/** A queue at one moment. */
export const QueueView = Type.Object(
  {
    name: Type.String({ description: 'The name of the queue.', examples: ['default'] }),
    concurrency: Concurrency,
    retry: { ...RetryPolicyView, description: 'Default retry policy, copied into each batch at its creation.' },
    attemptTimeoutMs: AttemptTimeoutMs,
    http: QueueHttp,
    interruptionCriteria: { ...CriteriaView, description: 'Default criteria, copied into each batch at its creation.' },
    limit: QueueLimit,
    tenants: Type.Optional(
      Type.Array(TenantName, {
        description:
          'The tenants whose API keys may use the queue. An API key of a tenant sees its own alone. Left out: all.',
      }),
    ),
    paused: Paused,
    activeBatches: count(
      'Number of batches that use the queue: active and interrupted ones, and those whose last tasks are being aborted.',
    ),
    tickets: TicketCountsView,
    workers: count('Number of workers that are alive and serve the queue.'),
    types: Type.Array(Type.String(), {
      description: 'The task types that at least one of these workers handles, in alphabetical order.',
    }),
  },
  { title: 'Queue', additionalProperties: false },
)
export type QueueView = Static<typeof QueueView>

/** A page of queues. */
export const QueueList = Type.Object(
  { queues: Type.Array(QueueView, { description: 'The queues, in alphabetical order.' }), nextCursor: NextCursor },
  { title: 'QueueList', additionalProperties: false },
)
export type QueueList = Static<typeof QueueList>
