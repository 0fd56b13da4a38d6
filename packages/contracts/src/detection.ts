import { type Static, Type } from 'typebox'
import { instant } from './instant.ts'
import { nullable } from './nullable.ts'
import { QueueName } from './queue-name.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']

const budget = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }))

/** What a detection may cost. */
export const DetectionBudgets = Type.Object(
  {
    requests: budget(100_000, 'Calls in all. Default 4,000.'),
    rejections: budget(10_000, 'Calls that are rejected; those in flight then may be too. Default 200.'),
    seconds: budget(7200, 'How long it may take. Default 1,800.'),
    maxConcurrency: budget(1000, 'Calls in flight at once. Default 32.'),
  },
  {
    title: 'DetectionBudgets',
    description: 'What it may cost. It ends with what it knows when one of them is used up.',
    additionalProperties: false,
  },
)

/** The call by which the limits of an upstream are to be found out. */
export const DetectionBody = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 8192,
      pattern: '^[Hh][Tt][Tt][Pp][Ss]?://',
      description: 'What is called, again and again: something that weights little and does no harm.',
      examples: ['https://api.example.com/v1/models'],
    }),
    method: Type.Optional(Type.Enum(METHODS, { description: 'Default: POST with a body, else GET.' })),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$" }),
        Type.String({ maxLength: 8192, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
        {
          description:
            'Headers of the call. ${secret:NAME} is filled in by the worker, for the secretHosts of the queue.',
          examples: [{ authorization: 'Bearer ${secret:EXAMPLE_KEY}' }],
          additionalProperties: false,
        },
      ),
    ),
    body: Type.Optional(
      Type.Unknown({ description: 'A string is sent as it is, anything else as JSON; null is no body.' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 600_000,
        description: 'Time one call may take, in ms. Default: that of the queue.',
      }),
    ),
    queue: Type.Optional({
      ...QueueName,
      default: 'default',
      description: 'The queue whose http settings go with the call: headers, timeoutMs, secretHosts.',
    }),
    budgets: Type.Optional(DetectionBudgets),
  },
  {
    title: 'NewDetection',
    additionalProperties: false,
    examples: [{ url: 'https://api.example.com/v1/models', budgets: { requests: 1000, seconds: 600 } }],
  },
)
export type DetectionBody = Static<typeof DetectionBody>

export const DetectionState = Type.Enum(['pending', 'running', 'completed', 'failed', 'cancelled'], {
  description: 'pending until a worker begins, then running; the others are final.',
})

const count = Type.Integer({ minimum: 0 })
const cost = {
  requests: { ...count, description: 'Calls made.' },
  rejections: { ...count, description: 'Calls that were rejected.' },
  durationMs: Type.Number({ minimum: 0, description: 'How long it has taken.' }),
}

const FoundRate = Type.Object(
  {
    max: Type.Number({ description: 'Calls in a window.' }),
    perMs: Type.Number({ description: 'How long the window is, in ms.' }),
    source: Type.Enum(['headers', 'probing'], { description: 'Whether the upstream says so, or behaves so.' }),
    family: nullable(
      Type.Enum(['fixed_from_first', 'sliding_log', 'fixed_by_clock', 'sliding_counter', 'token_bucket'], {
        description: 'How it seems to count.',
      }),
    ),
    burst: nullable(Type.Number({ description: 'Of a token bucket: about how many calls pass at once after a rest.' })),
  },
  { title: 'FoundRate', additionalProperties: false },
)

/** What a detection found out. */
export const DetectionResultView = Type.Object(
  {
    concurrency: Type.Object({
      limit: nullable(
        Type.Integer({ minimum: 1, description: 'How many calls pass at once; null: no limit was met.' }),
      ),
      atLeast: Type.Integer({ minimum: 1, description: 'So many at once passed.' }),
    }),
    rate: Type.Object({
      limit: nullable(FoundRate),
      atLeastPerSecond: Type.Number({ minimum: 0, description: 'Without a limit: calls a second that passed.' }),
    }),
    recommended: Type.Object(
      {
        limit: nullable(
          Type.Object(
            {
              rules: Type.Array(
                Type.Object({
                  unit: Type.String({ examples: ['requests'] }),
                  max: Type.Integer({ minimum: 1 }),
                  perMs: Type.Integer({ minimum: 1 }),
                }),
                { minItems: 1, maxItems: 8 },
              ),
              burstFactor: Type.Number({ minimum: 1 }),
            },
            { description: '90% of the rate: the body of PUT /v1/limits/:name. Null: no limit was found.' },
          ),
        ),
        concurrency: nullable(
          Type.Integer({ minimum: 1, description: '80% of the concurrency, for a queue. Null: no limit was met.' }),
        ),
      },
      { description: 'Settings that stay a little below what was found.' },
    ),
    confidence: Type.Enum(['high', 'medium', 'low']),
    notes: Type.Array(Type.String(), { description: 'What to know before it is used.' }),
    cost: Type.Object(cost),
  },
  { title: 'DetectionResult', additionalProperties: false },
)

/** A detection as it is at one moment. */
export const DetectionView = Type.Object(
  {
    id: Type.String(),
    state: DetectionState,
    queue: Type.String(),
    method: nullable(Type.String()),
    url: Type.String(),
    headerNames: Type.Array(Type.String(), { description: 'Which headers are sent. Their values are not shown.' }),
    budgets: DetectionBudgets,
    createdAt: instant('When it was asked for.'),
    startedAt: nullable(instant('When a worker began.')),
    finishedAt: nullable(instant('When it ended.')),
    progress: nullable(
      Type.Object(
        { stage: Type.Enum(['checking', 'concurrency', 'rate', 'verifying']), ...cost },
        { description: 'How far it is, at most a second or two ago.' },
      ),
    ),
    result: nullable(DetectionResultView),
    error: nullable(
      Type.Object(
        {
          reason: Type.String({
            description:
              'no_success, unreliable, refused, worker_lost, worker_stopped or internal: see docs/detection.md.',
            examples: ['no_success'],
          }),
          message: Type.String(),
        },
        { description: 'Why it failed.' },
      ),
    ),
  },
  { title: 'Detection', additionalProperties: false },
)
export type DetectionView = Static<typeof DetectionView>

export const DetectionList = Type.Object(
  { detections: Type.Array(DetectionView) },
  { title: 'DetectionList', additionalProperties: false },
)

/** A detection in a path. */
export const DetectionParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, pattern: '^[0-9a-z]+$', description: 'The id of a detection.' }),
})
