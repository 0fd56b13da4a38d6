import type { FastifySchemaCompiler } from 'fastify'
import { IsOptional, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { System } from 'typebox/system'
import { describeViolations, type Explains } from './describe-violations.ts'
import type { RequestErrorView } from '@sluice/contracts'
import { RequestInvalidError } from './errors/api-errors.ts'

/** Violations that one answer names. */
const MAX_VIOLATIONS = 50

/** What the parts of a request are called in errors. */
const PART_NAMES: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' }

/**
 * Checks requests against the schemas of their route. Nothing is removed and nothing is filled in; digits become
 * numbers in paths and query strings, which have no other way to say them.
 */
export const compileRequestValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  System.Settings.Set({ maxErrors: MAX_VIOLATIONS })
  const validator = Compile(schema)
  const isText = httpPart === 'params' || httpPart === 'querystring'

  return (sent: unknown) => {
    // Fastify says null where there is no body.
    const value = isText ? readNumbers(schema, sent) : (sent ?? undefined)
    if (value === undefined && IsOptional(schema)) return { value }
    if (validator.Check(value)) return { value }
    return { error: new RequestInvalidError(findErrors(validator, value, PART_NAMES[httpPart] ?? httpPart)) }
  }
}

/** For routes that check their body while they read it. */
export const compileAllButBody: FastifySchemaCompiler<TSchema> = (route) =>
  route.httpPart === 'body' ? () => true : compileRequestValidator(route)

/** What is wrong with a part of a request, as its client is told. */
export function findErrors(validator: Explains, value: unknown, part: string): RequestErrorView[] {
  return describeViolations(validator, value).map(({ path, message, value: found }) => ({
    path: `${part}${path}`,
    message,
    ...(found !== undefined && { value: found }),
  }))
}

/** Only whole numbers written as such: "1.5", "1e3" and "" stay text, which the check then refuses. */
function readNumbers(schema: TSchema, values: unknown): unknown {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> }
  const convert = ([name, value]: [string, unknown]) => {
    const isNumber = properties[name]?.type === 'integer' && typeof value === 'string' && /^-?\d{1,15}$/.test(value)
    return [name, isNumber ? Number(value) : value]
  }
  return Object.fromEntries(Object.entries(values ?? {}).map((entry) => convert(entry)))
}
