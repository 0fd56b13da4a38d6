import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { HttpHeaders } from './http-headers.ts'
import { QueueName } from './queue.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']

const budget = (maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }))

/** What a detection may spend. */
export const DetectionBudgets = Type.Object(
  {
    requests: budget(100_000, 'Maximum number of calls. Default: 4,000.'),
    rejections: budget(10_000, 'Maximum number of rejected calls, not counting calls in flight. Default: 200.'),
    seconds: budget(7200, 'Maximum duration, in seconds. Default: 1,800.'),
    maxConcurrency: budget(1000, 'Maximum number of calls in flight. Default: 32.'),
  },
  {
    title: 'DetectionBudgets',
    description: 'What the detection may spend. It ends with what it knows once a budget is used up.',
    additionalProperties: false,
  },
)
export type DetectionBudgets = Static<typeof DetectionBudgets>

/** The call by which a detection measures the limits of an upstream. */
export const CreateDetectionBody = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 8192,
      pattern: patterns.httpUrl,
      description:
        'The URL to call repeatedly, without a user name or a password. Choose a call that is cheap and harmless.',
      examples: ['https://api.example.com/v1/models'],
    }),
    method: Type.Optional(
      Type.Enum(METHODS, { description: 'The HTTP method. Default: POST with a body, otherwise GET.' }),
    ),
    headers: Type.Optional({
      ...HttpHeaders,
      description:
        'Headers of the call. The worker replaces `${secret:NAME}` by the secret if the queue lists it in `http.secrets` and the worker may send it to the host.',
    }),
    body: Type.Optional(
      Type.Unknown({
        description: 'The body of the call. A string is sent as it is, any other value as JSON. Null: no body.',
      }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 600_000,
        description: "Time limit of one call, in ms. Default: the queue's `http.timeoutMs`.",
      }),
    ),
    queue: Type.Optional({
      ...QueueName,
      default: 'default',
      description: 'The queue whose `http` settings apply to the call.',
    }),
    budgets: Type.Optional(DetectionBudgets),
  },
  {
    title: 'CreateDetection',
    additionalProperties: false,
    examples: [{ url: 'https://api.example.com/v1/models', budgets: { requests: 1000, seconds: 600 } }],
  },
)
export type CreateDetectionBody = Static<typeof CreateDetectionBody>
