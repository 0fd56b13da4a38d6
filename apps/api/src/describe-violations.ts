import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'
import { Pointer } from 'typebox/value'
import { showValue } from './show-value.ts'

/** One way in which a value breaks its schema. */
export interface Violation {
  /** JSON pointer to what is wrong; empty for the value itself. */
  path: string
  /** Completes the sentence that begins with the path: "must be at most 100". */
  message: string
  /** What was found there, cut short; undefined where something is missing. */
  value: unknown
}

/** Anything that lists how a value breaks a schema: a compiled validator. */
export interface Explains {
  Errors(value: unknown): TLocalizedValidationError[]
  Type(): TSchema
}

/** All that is wrong with a value, each place once. */
export function describeViolations(validator: Explains, value: unknown): Violation[] {
  const violations = validator.Errors(value).flatMap((error) => describe(error, value))
  return violations.filter(({ path }, i) => violations.findIndex((other) => other.path === path) === i)
}

function describe(error: TLocalizedValidationError, root: unknown): Violation[] {
  const path = error.instancePath
  const value = showValue(path === '' ? root : Pointer.Get(root, path))
  if (root === undefined) return [missing(path)]
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((name) => missing(`${path}/${escapePointer(name)}`))
  }
  // Each such property is also reported by itself, as "boolean" with its own path.
  if (error.keyword === 'additionalProperties') return []
  return [{ path, message: messageOf(error), value }]
}

function messageOf(error: TLocalizedValidationError): string {
  if (error.keyword === 'boolean') return 'is not a known property'
  if (error.keyword === 'enum') return `must be one of ${error.params.allowedValues.join(', ')}`
  return error.message
}

function missing(path: string): Violation {
  return { path, message: 'is missing', value: undefined }
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
