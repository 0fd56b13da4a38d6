import { patternMeanings } from '@sluice/contracts'
import type { TSchema } from 'typebox'
import type { TLocalizedValidationError } from 'typebox/error'
import { Pointer } from 'typebox/value'
import { showValue } from './show-value.ts'

/** One way in which a value violates its schema. */
export interface Violation {
  /** JSON pointer to what is wrong. Empty for the value itself. */
  path: string
  /** Completes the sentence that begins with the path: "must be at most 100". */
  message: string
  /** What was found there, shortened if it is long. Undefined if something is missing. */
  value: unknown
}

/** Anything that lists how a value violates a schema: a compiled validator. */
export interface Explains {
  Errors(value: unknown): TLocalizedValidationError[]
  Type(): TSchema
}

/** Everything that is wrong with a value, each place once. */
export function describeViolations(validator: Explains, value: unknown): Violation[] {
  const errors = validator.Errors(value)
  const violations = errors
    .filter((error) => !isMere(error) || !errors.some((other) => isReason(other, error)))
    .flatMap((error) => describe(error, value))
  return violations.filter(({ path }, i) => violations.findIndex((other) => other.path === path) === i)
}

/** Whether an error says only that a value is none of several things, or not null, which would be one of them. */
function isMere({ keyword, params }: TLocalizedValidationError): boolean {
  return keyword === 'anyOf' || (keyword === 'type' && params.type === 'null')
}

/** Whether another error says what is wrong with the same value, or with a part of it. */
function isReason(other: TLocalizedValidationError, { instancePath }: TLocalizedValidationError): boolean {
  return !isMere(other) && isAtOrIn(other.instancePath, instancePath)
}

function isAtOrIn(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}/`)
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

type Keyword = TLocalizedValidationError['keyword']
type ParamsOf<K extends Keyword> = Extract<TLocalizedValidationError, { keyword: K }>['params']

/** Messages that read better than those of the validator. */
const messages: { [K in Keyword]?: (params: ParamsOf<K>) => string } = {
  boolean: () => 'is not a known property',
  type: ({ type }) => `must be ${[type].flat().map(withArticle).join(' or ')}`,
  enum: ({ allowedValues }) => `must be one of ${allowedValues.join(', ')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  minLength: ({ limit }) => `must have at least ${counted(limit, 'character')}`,
  maxLength: ({ limit }) => `must have at most ${counted(limit, 'character')}`,
  minItems: ({ limit }) => `must have at least ${counted(limit, 'element')}`,
  maxItems: ({ limit }) => `must have at most ${counted(limit, 'element')}`,
  minProperties: ({ limit }) => `must have at least ${counted(limit, 'member')}`,
  uniqueItems: () => 'must not have duplicate elements',
  pattern: ({ pattern }) => `must be ${patternMeanings.get(textOf(pattern)) ?? `text that matches ${textOf(pattern)}`}`,
}

function messageOf({ keyword, params, message }: TLocalizedValidationError): string {
  const write = messages[keyword] as ((given: unknown) => string) | undefined
  return write?.(params) ?? message
}

function textOf(pattern: string | RegExp): string {
  return pattern instanceof RegExp ? pattern.source : pattern
}

function withArticle(type: string): string {
  if (type === 'null') return type
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`
}

function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function missing(path: string): Violation {
  return { path, message: 'is missing', value: undefined }
}

function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
