import {
  type Answer,
  type Content,
  type ErrorCode,
  errorCodes,
  errorsOf,
  mediaTypes,
  mediaTypesOf,
  type Operation,
  Problem,
  PROBLEM_MEDIA_TYPE,
  type RequestBody,
} from '@sluice/contracts'
import { type TObject, type TSchema, Type } from 'typebox'

const requestId = Type.String({
  description: 'The `x-request-id` of the request, or a new id. The log lists the request by it.',
})
const retryAfter = Type.Integer({ minimum: 1, description: 'Time to wait before the request is repeated, in seconds.' })

/** Of answers to clients with an API key. */
const quotaHeaders = {
  ratelimit: Type.Optional(
    Type.String({
      description: 'How many requests the API key may still make (r), and for how many seconds that holds (t).',
      examples: ['"requests";r=19999;t=7'],
    }),
  ),
  'ratelimit-policy': Type.Optional(
    Type.String({
      description: 'How many requests an API key may make (q) in a window of so many seconds (w).',
      examples: ['"requests";q=20000;w=10'],
    }),
  ),
}

const UNAUTHENTICATED = 401
const challenge = Type.String({ description: 'How to authenticate.' })

/** An operation as an Operation Object of OpenAPI. */
export function describeOperation(operation: Operation): object {
  const { id, tag, summary, description, permission, params, query, headers, body } = operation
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', query),
    ...parametersOf('header', headers),
  ]
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: permission === null ? description : `${description}\n\nPermission: \`${permission}\``,
    ...(permission === null && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: describeBody(body, mediaTypesOf(operation)) }),
    responses: { ...describeAnswers(operation), ...describeErrors(operation) },
  }
}

function parametersOf(place: 'path' | 'query' | 'header', schema: TObject | undefined): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: TObject['properties']
    required?: string[]
  }
  return Object.entries(properties).map(
    ([name, { description, ...rest }]: [string, TSchema & { description?: string }]) => ({
      name,
      in: place,
      required: required.includes(name),
      description,
      ...(place === 'query' && 'patternProperties' in rest ? groupSchema(name, rest) : { schema: rest }),
    }),
  )
}

/** An object in a query is a parameter `name.key` for each of its members. OpenAPI has no style for it. */
function groupSchema(name: string, schema: TSchema): object {
  const { patternProperties = {} } = schema as { patternProperties?: Record<string, TSchema> }
  const prefixed = { [`^${name}\\.`]: Object.values(patternProperties)[0] }
  return {
    style: 'form',
    explode: true,
    schema: { ...schema, patternProperties: prefixed, additionalProperties: false },
  }
}

/** A merge patch has the schema of the JSON body. */
function describeBody({ required, contents }: RequestBody, types: readonly string[]): object {
  const described = Object.assign({}, ...contents.map((content) => describeContent(content))) as Record<string, object>
  const content = Object.fromEntries(types.map((type) => [type, described[type] ?? described[mediaTypes.json]]))
  return { required, content }
}

function describeAnswers({ answers, permission }: Operation): Record<string, object> {
  const common = { ...(permission !== null && quotaHeaders), 'x-request-id': requestId }
  return Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer, common)]))
}

function describeAnswer({ description, content, otherForm, headers }: Answer, common: Record<string, TSchema>): object {
  return {
    description,
    headers: describeHeaders({ ...headers, ...common }),
    ...(content.kind !== 'empty' && {
      content: { ...describeContent(content), ...(otherForm && describeContent(otherForm)) },
    }),
  }
}

/** A body by media type. For streams, `itemSchema` describes one line or one event. */
function describeContent(content: Content): object {
  switch (content.kind) {
    case 'json':
      return { [mediaTypes.json]: { schema: content.schema } }
    case 'ndjson':
      return { [mediaTypes.ndjson]: { itemSchema: content.line } }
    case 'csv':
      return { [mediaTypes.csv]: { schema: Type.String({ description: describeColumns(content) }) } }
    case 'events':
      return { [mediaTypes.events]: { itemSchema: eventSchema(content) } }
    case 'text':
      return { [mediaTypes.text]: { schema: Type.String() } }
    case 'empty':
      return {}
  }
}

function describeColumns({ columns }: Extract<Content, { kind: 'csv' }>): string {
  const meanings = Object.entries(columns).map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
  return `Rows with these columns:\n\n${meanings.join('\n')}`
}

function eventSchema({ names, data }: Extract<Content, { kind: 'events' }>): TSchema {
  const meanings = Object.entries(names).map(([name, meaning]) => `- \`${name}\`: ${meaning}`)
  return Type.Object({
    event: Type.Enum(Object.keys(names), { description: meanings.join('\n') }),
    data: Type.String({ contentMediaType: mediaTypes.json, contentSchema: data }),
  })
}

function describeErrors(operation: Operation): Record<string, object> {
  const codesByStatus = Map.groupBy(errorsOf(operation), (code) => errorCodes[code].status)
  return Object.fromEntries(
    [...codesByStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `- \`${code}\`: ${meaningOf(operation, code)}`).join('\n'),
        headers: describeHeaders({
          'x-request-id': requestId,
          ...(codes.some((code) => 'isTemporary' in errorCodes[code]) && { 'retry-after': retryAfter }),
          ...(status === UNAUTHENTICATED && { 'www-authenticate': challenge }),
        }),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: Problem } },
        'x-error-codes': codes,
      },
    ]),
  )
}

function meaningOf({ remarks }: Operation, code: ErrorCode): string {
  return remarks?.[code] ?? errorCodes[code].meaning
}

function describeHeaders(headers: Record<string, TSchema>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, { description, ...schema }]: [string, TSchema & { description?: string }]) => [
      name,
      { description, schema },
    ]),
  )
}
