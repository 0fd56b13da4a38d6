import { type Static, Type } from 'typebox'

/** One thing that is wrong with a request. */
export const RequestErrorView = Type.Object(
  {
    path: Type.String({
      description: 'Where, as a JSON pointer after body, query, path or headers.',
      examples: ['body/retry/maxAttempts'],
    }),
    message: Type.String({ examples: ['must be at most 100'] }),
    value: Type.Optional(Type.Unknown({ description: 'What was sent, cut short if long.' })),
  },
  { title: 'RequestError', additionalProperties: false },
)
export type RequestErrorView = Static<typeof RequestErrorView>

/** One line of an upload that was refused. */
export const LineErrorView = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'Its number in the upload, blank lines counted, from 1.' }),
    message: Type.String({ examples: ['payload is missing'] }),
    value: Type.Optional(Type.Unknown({ description: 'What was sent, cut short if long.' })),
  },
  { title: 'LineError', additionalProperties: false },
)
export type LineErrorView = Static<typeof LineErrorView>

/** Why a request was not done, after RFC 9457. Some codes add members of their own. */
export const Problem = Type.Object(
  {
    type: Type.String({
      description: 'A name for the kind of problem.',
      examples: ['urn:sluice:problem:batch-not-found'],
    }),
    title: Type.String({ description: 'The kind of problem in words.', examples: ['Batch not found'] }),
    status: Type.Integer({ description: 'The status code of the response.', examples: [404] }),
    code: Type.String({ description: 'Stable: branch on this.', examples: ['SLUICE_BATCH_NOT_FOUND'] }),
    detail: Type.String({ description: 'What went wrong this time.', examples: ['There is no batch "b1".'] }),
    instance: Type.String({ description: 'The path that was asked for.', examples: ['/v1/batches/b1'] }),
    requestId: Type.String({ description: 'Find the request in the log by this.' }),
    retryAfterMs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Asking again makes sense after this, in ms.' }),
    ),
    errors: Type.Optional(Type.Array(RequestErrorView, { description: 'With SLUICE_REQUEST_INVALID: what is wrong.' })),
    lines: Type.Optional(Type.Array(LineErrorView, { description: 'With SLUICE_TASKS_INVALID: the first bad lines.' })),
    accepted: Type.Optional(Type.Integer({ minimum: 0, description: 'With a failed append: tasks added before.' })),
    skipped: Type.Optional(Type.Integer({ minimum: 0, description: 'With a failed append: tasks it had already.' })),
    total: Type.Optional(Type.Integer({ minimum: 0, description: 'With a failed append: continue with this offset.' })),
    batchId: Type.Optional(Type.String({ description: 'With SLUICE_CODE_TAKEN: the batch that has the code.' })),
  },
  { title: 'Problem', additionalProperties: true },
)
export type Problem = Static<typeof Problem>
