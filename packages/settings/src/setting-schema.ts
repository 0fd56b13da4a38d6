import type { Static, TObject } from 'typebox'

/** What a process gets from `readSettings`: the values its schema promises, none of them changeable. */
export type Settings<Schema extends TObject> = Readonly<Static<Schema>>

/** One value, or one entry of a list. */
export type SettingWord = string | number | boolean

/**
 * The parts of a property's schema that matter for a setting: an integer, number, boolean, string, one of several
 * words, or an array of one of these (a comma-separated list).
 */
export interface SettingSchema {
  type?: string
  description?: string
  /** Used when the variable is unset or empty. */
  default?: SettingWord | readonly SettingWord[]
  /** Completes "must be …" in an error where the schema alone would say it badly, e.g. "a redis:// URL". */
  expects?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string | RegExp
  format?: string
  const?: SettingWord
  enum?: readonly SettingWord[]
  anyOf?: readonly SettingSchema[]
  items?: SettingSchema
  minItems?: number
  maxItems?: number
}

/** The settings of a schema in the order they were written down, as [name, schema]. */
export function settingEntries(schema: TObject): [string, SettingSchema][] {
  return Object.entries(schema.properties) as [string, SettingSchema][]
}

/** Whether a process cannot start without a value for this setting. */
export function isRequired(schema: TObject, name: string): boolean {
  // TypeBox leaves `required` out when every property is optional, although its type says otherwise.
  const required = schema.required as readonly string[] | undefined
  return required?.includes(name) === true && (schema.properties[name] as SettingSchema).default === undefined
}
