/** The part of JSON Schema that the schemas of the API use. */
export interface JsonSchema {
  title?: string
  description?: string
  type?: string
  format?: string
  enum?: readonly string[]
  const?: unknown
  default?: unknown
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  items?: JsonSchema
  anyOf?: readonly JsonSchema[]
  properties?: Record<string, JsonSchema>
  patternProperties?: Record<string, JsonSchema>
  required?: readonly string[]
}

/** Whether the schema has a section of its own, which others link to. */
export function isNamed(schema: JsonSchema): schema is JsonSchema & { title: string } {
  return schema.title !== undefined && (schema.properties !== undefined || schema.enum !== undefined)
}

/** The schemas that a schema consists of. */
export function partsOf({ items, anyOf, properties, patternProperties }: JsonSchema): JsonSchema[] {
  const single = items === undefined ? [] : [items]
  return [...single, ...(anyOf ?? []), ...Object.values(properties ?? {}), ...Object.values(patternProperties ?? {})]
}
