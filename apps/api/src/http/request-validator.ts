import type { RequestErrorView } from '@sluice/contracts'
import type { FastifySchemaCompiler } from 'fastify'
import { IsOptional, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { System } from 'typebox/system'
import { describeViolations, type Explains } from '../intake/describe-violations.ts'
import { RequestInvalidError } from '../intake/intake-errors.ts'

/** Violations that one answer lists. */
const MAX_VIOLATIONS = 50

/** How errors name the parts of a request. */
const PART_NAMES: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' }

/**
 * Checks requests against the schemas of their operation. It removes nothing and fills in nothing. Digits become
 * numbers, and true and false booleans, in paths and query strings, which cannot express them otherwise. A parameter that
 * may be repeated becomes an array.
 */
export const compileRequestValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  System.Settings.Set({ maxErrors: MAX_VIOLATIONS })
  const validator = Compile(schema)
  const isText = httpPart === 'params' || httpPart === 'querystring'

  return (sent: unknown) => {
    // Fastify passes null if there is no body.
    const value = isText ? readTexts(schema, sent) : (sent ?? undefined)
    if (value === undefined && IsOptional(schema)) return { value }
    if (validator.Check(value)) return { value }
    return { error: new RequestInvalidError(findErrors(validator, value, PART_NAMES[httpPart] ?? httpPart)) }
  }
}

/** What is wrong with a part of a request, as errors list it. */
export function findErrors(validator: Explains, value: unknown, part: string): RequestErrorView[] {
  return describeViolations(validator, value).map(({ path, message, value: found }) => ({
    path: `${part}${path}`,
    message,
    ...(found !== undefined && { value: found }),
  }))
}

type Properties = Readonly<Record<string, { type?: string }>>

/**
 * Reads integers, booleans and arrays where the schema has one, and `name.key=value` where it has an object. Other text
 * stays text, which the check then refuses.
 */
function readTexts(schema: TSchema, values: unknown): unknown {
  const { properties = {} } = schema as { properties?: Properties }
  const groups = new Map<string, [string, unknown][]>()
  const read: [string, unknown][] = []
  for (const [name, value] of Object.entries(values ?? {})) {
    const group = groupOf(properties, name)
    if (group === undefined)
      read.push([name, typeof value === 'string' ? readText(properties[name]?.type, value) : value])
    else groups.set(group, [...(groups.get(group) ?? []), [name.slice(group.length + 1), value]])
  }
  const objects = [...groups].map(([name, members]): [string, unknown] => [name, Object.fromEntries(members)])
  return Object.fromEntries([...objects, ...read])
}

function groupOf(properties: Properties, name: string): string | undefined {
  const group = name.slice(0, Math.max(0, name.indexOf('.')))
  return Object.hasOwn(properties, group) && properties[group]?.type === 'object' ? group : undefined
}

/** Only plain integers: "1.5", "1e3" and "" stay text. So do "1" and "yes" for a boolean. */
function readText(type: string | undefined, text: string): string | number | boolean | string[] {
  if (type === 'array') return [text]
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  return type === 'boolean' && (text === 'true' || text === 'false') ? text === 'true' : text
}
