import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { NonRetryableError } from '../errors.ts'
import { readText } from '../failure/read-property.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']
const HEADER_NAME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
const HEADER_VALUE = '^[\\t\\x20-\\x7e\\x80-\\xff]*$'
/** A day, and well within what a timer can wait. */
const MAX_TIMEOUT_MS = 86_400_000

const Status = Type.Integer({ minimum: 100, maximum: 599 })

// Every description ends the sentence "… must be", which the refusal of a payload says to its author.
/** The payload of an `http` task. */
export const HttpPayload = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'an absolute http or https URL without credentials' }),
    method: Type.Optional(
      Type.Enum([...METHODS, ...METHODS.map((method) => method.toLowerCase())], {
        description: `one of ${METHODS.join(', ')}; left out, it is POST with a body, else GET`,
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: HEADER_NAME }), Type.String({ pattern: HEADER_VALUE }), {
        additionalProperties: false,
        description: 'an object of valid header names and values, both strings',
      }),
    ),
    body: Type.Optional(
      Type.Unknown({ description: 'a string, sent as it is, or any other JSON value, sent as JSON; null is no body' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TIMEOUT_MS,
        description: `a whole number of ms from 1 to ${MAX_TIMEOUT_MS}`,
      }),
    ),
    successStatus: Type.Optional(
      Type.Union([Status, Type.Array(Status)], {
        description: 'a status from 100 to 599, or a list of them: they count as success beside 2xx',
      }),
    ),
  },
  { additionalProperties: false },
)

export type HttpPayload = Static<typeof HttpPayload>

const validator = Compile(HttpPayload)
const FIELDS: Readonly<Record<string, object>> = HttpPayload.properties
const MAX_SHOWN_LENGTH = 100

/** Checks the payload of an `http` task; one that can never be sent is refused for good, field and value named. */
export function parseHttpPayload(payload: unknown): HttpPayload {
  if (validator.Check(payload)) return payload
  throw invalidPayload(explain(payload))
}

/** The refusal of a payload that can never be sent. */
export function invalidPayload(reason: string, cause?: unknown): NonRetryableError {
  return new NonRetryableError(`Invalid http payload: ${reason}.`, { failureClass: 'invalid', cause })
}

function explain(payload: unknown): string {
  const pointer = validator.Errors(payload)[0]?.instancePath ?? ''
  const path = pointer.split('/').slice(1).map(unescapePointer)
  const [field] = path
  if (field === undefined) return explainWhole(payload)
  const description = readText(FIELDS[field], 'description')
  if (description === undefined) return `there is no field ${field}; the fields are ${Object.keys(FIELDS).join(', ')}`
  const value = valueAt(payload, path)
  // A header's value may be a key, and the message is kept.
  const shown = field === 'headers' && typeof value === 'string' ? 'not' : show(value)
  return `${field} must be ${description}; ${path.join('.')} is ${shown}`
}

function explainWhole(payload: unknown): string {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  return isObject ? 'url is missing' : `it must be an object with at least a url; it is ${show(payload)}`
}

function valueAt(payload: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], payload)
}

function unescapePointer(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= MAX_SHOWN_LENGTH ? text : `${text.slice(0, MAX_SHOWN_LENGTH - 1)}…`
}
