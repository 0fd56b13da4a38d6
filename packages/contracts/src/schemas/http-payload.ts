import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'
import { HttpHeaders } from './http-headers.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']

const Status = Type.Integer({ minimum: 100, maximum: 599 })

/** The payload of a task with the type `http`: one HTTP call. */
export const HttpPayload = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      pattern: patterns.httpUrl,
      description: 'The URL to call: an absolute http or https URL without a user name or a password.',
      examples: ['https://api.example.com/orders/17'],
    }),
    method: Type.Optional(
      Type.Enum([...METHODS, ...METHODS.map((method) => method.toLowerCase())], {
        description: 'The HTTP method, in upper or lower case. Default: POST with a body, otherwise GET.',
      }),
    ),
    headers: Type.Optional({
      ...HttpHeaders,
      description:
        'Headers of the call. They replace headers of the queue with the same name. The worker replaces `${secret:NAME}` ' +
        'by the secret if the queue lists it in `http.secrets` and the worker may send it to the host.',
    }),
    body: Type.Optional(
      Type.Unknown({
        description: 'The body of the call. A string is sent as it is, any other value as JSON. Null: no body.',
      }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400_000,
        description: "Time limit of the call, in ms. Default: the queue's `http.timeoutMs`.",
      }),
    ),
    successStatus: Type.Optional(
      Type.Union([Status, Type.Array(Status)], {
        description: 'A status from 100 to 599, or an array of them, that completes the task like 2xx.',
      }),
    ),
  },
  {
    title: 'HttpPayload',
    description: 'The payload of a task with the type `http`: one HTTP call.',
    additionalProperties: false,
    examples: [
      { url: 'https://api.example.com/orders/17', headers: { authorization: 'Bearer ${secret:EXAMPLE_KEY}' } },
    ],
  },
)
export type HttpPayload = Static<typeof HttpPayload>
