import { isNamed, type JsonSchema } from './json-schema.ts'

/** What a value must be, in a few words of Markdown. */
export function describeType(schema: JsonSchema): string {
  if (isNamed(schema)) return `[${schema.title}](#${schema.title.toLowerCase()})`
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(', ')
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeType).join(' or ')
  switch (schema.type) {
    case 'array':
      return `array of ${describeType(schema.items ?? {})}${rangeOf(schema.minItems, schema.maxItems, 'elements')}`
    case 'object':
      return describeObject(schema)
    case 'string':
      return schema.format ?? `string${rangeOf(schema.minLength, schema.maxLength, 'characters')}`
    case 'integer':
    case 'number':
      return `${schema.type}${rangeOf(schema.minimum, schema.maximum)}`
    case undefined:
      return 'any'
    default:
      return schema.type
  }
}

function describeObject({ patternProperties = {} }: JsonSchema): string {
  const [values] = Object.values(patternProperties)
  return values === undefined || Object.keys(values).length === 0 ? 'object' : `object of ${describeType(values)}`
}

/** Bounds of a number or a length. A minimum of 0 goes without saying. */
function rangeOf(least = 0, most?: number, unit = ''): string {
  const bounds = most === undefined ? `at least ${show(least)}` : `${show(least)} to ${show(most)}`
  return most === undefined && least === 0 ? '' : `, ${bounds} ${unit}`.trimEnd()
}

function show(count: number): string {
  return count.toLocaleString('en')
}
