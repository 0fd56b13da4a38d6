import { isDeepStrictEqual } from 'node:util'

/** Where named schemas end up. */
type Components = Record<string, unknown>

/**
 * Moves every schema with a title to `components` and refers to it where it was, so that generated clients have one
 * type per schema. A description of its own stays with the reference, as OpenAPI allows since 3.1.
 */
export function hoistSchemas(document: Record<string, unknown>): Record<string, unknown> {
  const components: Components = {}
  const paths = hoist(document.paths, components)
  const sorted = Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return { ...document, paths, components: { ...(document.components as object | undefined), schemas: sorted } }
}

function hoist(node: unknown, components: Components): unknown {
  if (Array.isArray(node)) return node.map((member: unknown) => hoist(member, components))
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([name, member]) => [name, hoist(member, components)]))
  return isNamedSchema(copy) ? refer(copy, components) : copy
}

function isNamedSchema(node: Record<string, unknown>): node is Record<string, unknown> & { title: string } {
  const isSchema = node.type === 'object' || node.type === 'array' || Array.isArray(node.enum)
  return typeof node.title === 'string' && isSchema
}

function refer({ description, ...schema }: Record<string, unknown> & { title: string }, components: Components) {
  const { title } = schema
  const known = components[title] as Record<string, unknown> | undefined
  if (known === undefined) components[title] = { ...schema, ...(description !== undefined && { description }) }
  else if (!isDeepStrictEqual(withoutDescription(known), schema))
    throw new Error(`Two schemas have the title ${title}.`)
  return { $ref: `#/components/schemas/${title}`, ...(description !== undefined && { description }) }
}

function withoutDescription({
  description: _description,
  ...schema
}: Record<string, unknown>): Record<string, unknown> {
  return schema
}
