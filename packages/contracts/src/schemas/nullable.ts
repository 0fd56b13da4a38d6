import { type TSchema, Type } from 'typebox'

/** A value of the schema, or null if there is none. Answers use it instead of leaving a member out. */
export function nullable<const Schema extends TSchema>(schema: Schema) {
  const { description, ...value } = schema as TSchema & { description?: string }
  return Type.Union([value as Schema, Type.Null()], description === undefined ? {} : { description })
}
