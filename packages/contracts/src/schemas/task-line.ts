import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { MaxAttempts } from './retry-policy.ts'

/** The name of a handler. */
export const TaskType = Type.String({
  minLength: 1,
  maxLength: 100,
  // No control characters and no halves of surrogate pairs: a worker could not announce that it handles such a type.
  pattern: patterns.type,
  description: 'The handler that runs the task.',
  examples: ['http'],
})

/** One task as a client sends it: a line of an NDJSON upload, or an element of `tasks`. */
export const TaskLine = Type.Object(
  {
    type: Type.Optional({
      ...TaskType,
      description: "The handler that runs the task. Default: the batch's `type`.",
    }),
    payload: Type.Unknown({
      description:
        'The input of the handler: any JSON value. With the type `http`, an object as `HttpPayload` describes it.',
    }),
    key: Type.Optional(
      Type.String({
        maxLength: 255,
        description: 'Your own id for the task, returned with it. It does not have to be unique.',
      }),
    ),
    maxAttempts: Type.Optional({
      ...MaxAttempts,
      description: "Maximum number of attempts, including the first. Default: the batch's `retry.maxAttempts`.",
    }),
    weights: Type.Optional(
      Type.Record(Type.String({ pattern: patterns.unit }), Type.Number({ minimum: 0, maximum: 1e12 }), {
        description: 'How much of each unit of a limit the task is expected to use.',
        examples: [{ tokens: 1200 }],
        additionalProperties: false,
      }),
    ),
  },
  {
    title: 'TaskLine',
    additionalProperties: false,
    examples: [{ key: 'order-17', payload: { url: 'https://api.example.com/orders/17', method: 'GET' } }],
  },
)
export type TaskLine = Static<typeof TaskLine>
