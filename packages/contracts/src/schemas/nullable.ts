import { type TSchema, Type } from 'typebox'

/** A value of the schema, or null if there is none. Answers use it instead of leaving a member out. */
export function nullable<const Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}
