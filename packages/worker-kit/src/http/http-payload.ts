import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { NonRetryableError } from '../errors.ts'
import { readText } from '../failure/read-property.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY']
const HEADER_NAME = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
const HEADER_VALUE = '^[\\t\\x20-\\x7e\\x80-\\xff]*$'
/** As for the headers of a queue. */
const MAX_HEADERS = 100
const MAX_HEADER_LENGTH = 8192
/** One day, well below the longest delay of a timer. */
const MAX_TIMEOUT_MS = 86_400_000

const Status = Type.Integer({ minimum: 100, maximum: 599 })

// Each description completes the sentence "<field> must be …" in the error message for an invalid payload.
/** The payload of an `http` task. */
export const HttpPayload = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'an absolute http or https URL without credentials' }),
    method: Type.Optional(
      Type.Enum([...METHODS, ...METHODS.map((method) => method.toLowerCase())], {
        description: `one of ${METHODS.join(', ')} (default: POST with a body, GET without)`,
      }),
    ),
    headers: Type.Optional(
      Type.Record(
        Type.String({ pattern: HEADER_NAME }),
        Type.String({ pattern: HEADER_VALUE, maxLength: MAX_HEADER_LENGTH }),
        {
          additionalProperties: false,
          maxProperties: MAX_HEADERS,
          description: `an object of at most ${MAX_HEADERS} valid header names and string values of at most ${MAX_HEADER_LENGTH} characters`,
        },
      ),
    ),
    body: Type.Optional(
      Type.Unknown({ description: 'a string (sent unchanged), another JSON value (sent as JSON) or null (no body)' }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_TIMEOUT_MS,
        description: `an integer from 1 to ${MAX_TIMEOUT_MS}, in ms`,
      }),
    ),
    successStatus: Type.Optional(
      Type.Union([Status, Type.Array(Status)], {
        description: 'a status from 100 to 599 or an array of them, which count as success in addition to 2xx',
      }),
    ),
  },
  { additionalProperties: false },
)

export type HttpPayload = Static<typeof HttpPayload>

const validator = Compile(HttpPayload)
const FIELDS: Readonly<Record<string, object>> = HttpPayload.properties
const MAX_SHOWN_LENGTH = 100

/**
 * Validates the payload of an `http` task. Throws a `NonRetryableError` that contains the offending field and value.
 */
export function parseHttpPayload(payload: unknown): HttpPayload {
  if (validator.Check(payload)) return payload
  throw invalidPayload(explain(payload))
}

/** The error for a payload that can never be sent. */
export function invalidPayload(reason: string, cause?: unknown): NonRetryableError {
  return new NonRetryableError(`Invalid http payload: ${reason}.`, { failureClass: 'invalid', cause })
}

function explain(payload: unknown): string {
  const pointer = validator.Errors(payload)[0]?.instancePath ?? ''
  const path = pointer.split('/').slice(1).map(unescapePointer)
  const [field] = path
  if (field === undefined) return explainWhole(payload)
  const description = readText(FIELDS[field], 'description')
  if (description === undefined) return `unknown field "${field}"; the fields are ${Object.keys(FIELDS).join(', ')}`
  const value = valueAt(payload, path)
  // A header may hold a key, and the message is recorded.
  const shown = field === 'headers' && typeof value === 'string' ? 'invalid' : show(value)
  return `${field} must be ${description}; ${path.join('.')} is ${shown}`
}

function explainWhole(payload: unknown): string {
  const isObject = typeof payload === 'object' && payload !== null && !Array.isArray(payload)
  return isObject ? 'url is missing' : `the payload must be an object with a url; it is ${show(payload)}`
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
