import type { ErrorCode } from '@sluice/contracts'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'

/** A JSON Schema as it stands in the OpenAPI document, with its references resolved. */
export interface Schema {
  type?: string
  enum?: readonly unknown[]
  const?: unknown
  anyOf?: readonly Schema[]
  properties?: Readonly<Record<string, Schema>>
  required?: readonly string[]
  patternProperties?: Readonly<Record<string, Schema>>
  items?: Schema
  minItems?: number
  maxItems?: number
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
  readOnly?: boolean
}

/** A parameter of an operation. */
export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: Schema
}

/** What the document says about the answers with one status. */
export interface DeclaredAnswer {
  /** The headers that it must have. */
  headers: readonly string[]
  /** The codes that a problem document with this status may have; empty for a success. */
  codes: readonly ErrorCode[]
  /** Empty: the answer has no body. */
  mediaTypes: readonly string[]
  /** What is wrong with a value: the body, one line of NDJSON, or the data of one event. */
  findFlaw: (value: unknown) => string | undefined
}

/** An operation as the OpenAPI document describes it. */
export interface DocumentedOperation {
  id: string
  method: string
  /** With `{name}` for each parameter. */
  template: string
  parameters: readonly Parameter[]
  /** What may be sent, by media type. Undefined: nothing. */
  body:
    | { required: boolean; schemas: Readonly<Record<string, Schema>>; accepts: (value: unknown) => boolean }
    | undefined
  answers: Readonly<Record<string, DeclaredAnswer>>
}

interface Content {
  schema?: Schema
  itemSchema?: Schema
}

interface OperationObject {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { required: boolean; content: Record<string, Content> }
  responses: Record<
    string,
    { headers?: Record<string, unknown>; content?: Record<string, Content>; 'x-error-codes'?: ErrorCode[] }
  >
}

type Document = Record<string, unknown> & { paths: Record<string, Record<string, OperationObject>> }

/** All operations of an OpenAPI document. */
export function readOperations(document: unknown): DocumentedOperation[] {
  const { paths } = resolve(document, document as Record<string, unknown>) as Document
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => readOperation(method.toUpperCase(), template, operation)),
  )
}

/** Puts what it refers to in the place of each reference. No schema of the API contains itself. */
function resolve(node: unknown, document: Record<string, unknown>): unknown {
  if (Array.isArray(node)) return node.map((member: unknown) => resolve(member, document))
  if (typeof node !== 'object' || node === null) return node
  const { $ref, ...rest } = node as Record<string, unknown>
  if (typeof $ref === 'string') return resolve(lookUp($ref, document), document)
  return Object.fromEntries(Object.entries(rest).map(([name, member]) => [name, resolve(member, document)]))
}

function lookUp(reference: string, document: Record<string, unknown>): unknown {
  const names = reference.split('/').slice(1)
  return names.reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], document)
}

function readOperation(method: string, template: string, operation: OperationObject): DocumentedOperation {
  const { operationId: id, parameters = [], requestBody, responses } = operation
  return {
    id,
    method,
    template,
    parameters,
    body: requestBody && readBody(requestBody),
    answers: Object.fromEntries(Object.entries(responses).map(([status, answer]) => [status, readAnswer(answer)])),
  }
}

function readBody({ required, content }: NonNullable<OperationObject['requestBody']>) {
  const schemas = Object.fromEntries(
    Object.entries(content).map(([type, { schema, itemSchema }]) => [type, schema ?? itemSchema ?? {}]),
  )
  const json = Compile((schemas['application/json'] ?? {}) as TSchema)
  return { required, schemas, accepts: (value: unknown) => json.Check(value) }
}

/** Headers that an answer has if waiting helps, or if the API key of its client is valid. */
const SOMETIMES = new Set(['retry-after', 'ratelimit', 'ratelimit-policy'])

function readAnswer({
  headers = {},
  content = {},
  'x-error-codes': codes = [],
}: OperationObject['responses'][string]): DeclaredAnswer {
  const [one] = Object.values(content)
  const compiled = Compile(dataOf(one?.schema ?? one?.itemSchema ?? {}) as TSchema)
  return {
    headers: Object.keys(headers).filter((name) => !SOMETIMES.has(name)),
    codes,
    mediaTypes: Object.keys(content),
    findFlaw: (value) => (compiled.Check(value) ? undefined : JSON.stringify(compiled.Errors(value)).slice(0, 500)),
  }
}

/** Of an event, what its data must be; otherwise the schema itself. */
function dataOf(schema: Schema): Schema {
  const { contentSchema } = (schema.properties?.['data'] ?? {}) as { contentSchema?: Schema }
  return contentSchema ?? schema
}
