import { type TSchema, Type } from 'typebox'

/** A value of the schema, or null where there is none: such members are always present. */
export function nullable<const Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}
