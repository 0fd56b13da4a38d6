import type { TObject } from 'typebox'
import { expectation } from './expectation.ts'
import { isRequired, settingEntries, type SettingSchema } from './setting-schema.ts'

/** One setting, as help texts and the configuration page show it. */
export interface SettingDescription {
  name: string
  /** What it accepts: "an integer from 0 to 65535". */
  expects: string
  /** The default as it would be written in the environment; absent where there is none. */
  default?: string
  /** Whether the process refuses to start without it. */
  isRequired: boolean
  description: string
}

/** Describes every setting of a schema, in the schema's order. */
export function describeSettings(schema: TObject): SettingDescription[] {
  return settingEntries(schema).map(([name, setting]) => describeSetting(schema, name, setting))
}

function describeSetting(schema: TObject, name: string, setting: SettingSchema): SettingDescription {
  const { description, default: fallback } = setting
  if (description === undefined) throw new Error(`The setting ${name} has no description.`)
  return {
    name,
    expects: expectation(setting),
    ...(fallback !== undefined && { default: String(fallback) }),
    isRequired: isRequired(schema, name),
    description,
  }
}
