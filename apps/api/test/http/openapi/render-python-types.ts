/** The part of JSON Schema that the components of the OpenAPI document use. */
interface Schema {
  $ref?: string
  description?: string
  type?: string
  enum?: readonly unknown[]
  const?: unknown
  items?: Schema
  anyOf?: readonly Schema[]
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: readonly string[]
}

const HEADER = `"""The objects of the API, for type checkers. Generated from its OpenAPI document: pnpm docs:api"""

# ruff: noqa: E501
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    # Type checkers have it. Python has it since 3.11.
    from typing_extensions import NotRequired
`

/** Writes the components of an OpenAPI document as TypedDicts, and names for their enums and unions. */
export function renderPythonTypes(components: Record<string, Schema>): string {
  const all = Object.entries(components)
  const [dicts, others] = [all.filter(([, one]) => isDict(one)), all.filter(([, one]) => !isDict(one))]
  const aliases = others.map(([name, schema]) => `${name} = ${quoted(typeOf(schema), schema)}\n`)
  const parts = [HEADER.trimEnd(), ...dicts.map(([name, schema]) => dictOf(name, schema)), aliases.join('')]
  return parts.join('\n\n\n')
}

function isDict({ properties = {} }: Schema): boolean {
  const names = Object.keys(properties)
  return names.length > 0 && names.every((name) => /^[A-Za-z_]\w*$/.test(name) && !KEYWORDS.has(name))
}

/** A class cannot have members of these names. */
const KEYWORDS = new Set([
  'from',
  'class',
  'global',
  'in',
  'is',
  'not',
  'or',
  'and',
  'if',
  'else',
  'for',
  'import',
  'pass',
  'with',
])

function dictOf(name: string, { description, properties = {}, required = [] }: Schema): string {
  const says = description === undefined ? [] : [docstring(description), '']
  const members = Object.entries(properties).flatMap(([member, schema]) => {
    const type = typeOf(schema)
    const line = `${member}: ${required.includes(member) ? type : `NotRequired[${type}]`}`
    return schema.description === undefined ? [line] : [line, docstring(schema.description)]
  })
  return [`class ${name}(TypedDict):`, ...[...says, ...members].map((line) => (line === '' ? '' : `    ${line}`))].join(
    '\n',
  )
}

function docstring(text: string): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('"""', "'''")
  return `"""${safe.endsWith('"') ? `${safe} ` : safe}"""`
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'Any'
  if (schema.const !== undefined) return `Literal[${literal(schema.const)}]`
  if (schema.enum !== undefined) return `Literal[${schema.enum.map(literal).join(', ')}]`
  if (schema.anyOf !== undefined) return unionOf(schema.anyOf.map(typeOf))
  switch (schema.type) {
    case 'array':
      return `list[${typeOf(schema.items ?? {})}]`
    case 'object':
      return `dict[str, ${valueOf(schema)}]`
    case 'integer':
      return 'int'
    case 'number':
      return 'float'
    case 'boolean':
      return 'bool'
    case 'string':
      return 'str'
    case 'null':
      return 'None'
    case undefined:
    default:
      return 'Any'
  }
}

function valueOf({ patternProperties = {}, additionalProperties }: Schema): string {
  const [values] = Object.values(patternProperties)
  if (values !== undefined) return typeOf(values)
  return typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'Any'
}

function unionOf(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

function literal(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null) return 'None'
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value)
}

/** A name that is defined later must be quoted where Python evaluates it. */
function quoted(type: string, { enum: values }: Schema): string {
  return values === undefined ? JSON.stringify(type) : type
}
