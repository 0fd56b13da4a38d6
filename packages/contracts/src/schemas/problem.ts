import { type Static, Type } from 'typebox'

/** One thing that is wrong with a request. */
export const RequestErrorView = Type.Object(
  {
    path: Type.String({
      description: 'Where the error is: a JSON pointer that starts with `body`, `query`, `path` or `headers`.',
      examples: ['body/retry/maxAttempts'],
    }),
    message: Type.String({
      description: 'What is wrong: it completes the sentence that begins with the path.',
      examples: ['must be at most 100'],
    }),
    value: Type.Optional(Type.Unknown({ description: 'The value that was sent, shortened if it is long.' })),
  },
  { title: 'RequestError', additionalProperties: false },
)
export type RequestErrorView = Static<typeof RequestErrorView>

/** One line of an upload that was refused. */
export const LineErrorView = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'The line number, starting at 1. Blank lines count.' }),
    message: Type.String({
      description: 'What is wrong: it completes the sentence that begins with the line.',
      examples: ['is not a task: payload is missing'],
    }),
    value: Type.Optional(Type.Unknown({ description: 'The value that was sent, shortened if it is long.' })),
  },
  { title: 'LineError', additionalProperties: false },
)
export type LineErrorView = Static<typeof LineErrorView>

/** Why a request was refused, as RFC 9457 describes it. Some codes add members of their own. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A URN for the code.', examples: ['urn:sluice:problem:batch-not-found'] }),
    title: Type.String({ description: 'The code in words.', examples: ['Batch not found'] }),
    status: Type.Integer({ description: 'The HTTP status code.', examples: [404] }),
    code: Type.String({
      description: 'The error code. It is stable: branch on it.',
      examples: ['SLUICE_BATCH_NOT_FOUND'],
    }),
    detail: Type.String({
      description: 'A sentence for people that explains this occurrence. It may change.',
      examples: ['There is no batch "b1".'],
    }),
    instance: Type.String({ description: 'The path of the request.', examples: ['/v1/batches/b1'] }),
    requestId: Type.String({ description: 'The id of the request, by which the log lists it.' }),
    retryAfterMs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Time to wait before the request is repeated, in ms.' }),
    ),
    errors: Type.Optional(
      Type.Array(RequestErrorView, { description: 'What is wrong with the request (`SLUICE_REQUEST_INVALID`).' }),
    ),
    lines: Type.Optional(
      Type.Array(LineErrorView, { description: 'The first invalid lines (`SLUICE_TASKS_INVALID`).' }),
    ),
    accepted: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Number of tasks that a failed append added before it failed.' }),
    ),
    skipped: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Number of tasks that a failed append skipped before it failed.' }),
    ),
    total: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Number of tasks in the batch: the offset to continue an append with.' }),
    ),
    seq: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The task that differs from the one sent (`SLUICE_TASKS_DIFFER`).' }),
    ),
    batchId: Type.Optional(
      Type.String({ description: 'The batch that has the code (`SLUICE_CODE_TAKEN`) or needs the queue.' }),
    ),
  },
  { title: 'Problem', additionalProperties: true },
)
export type Problem = Static<typeof Problem>
