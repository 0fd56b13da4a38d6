import { readField, writeField } from './field-input.ts'
import { memberOf, type Setting, setMember } from './setting.ts'

/** The texts of the fields, by the paths of their settings. */
export type Draft = Readonly<Record<string, string>>

/** A setting that has another value than before. */
export interface Difference {
  setting: Setting
  before: string
  after: string
}

/** The settings of an object as texts. */
export function readDraft(settings: readonly Setting[], object: object): Draft {
  return Object.fromEntries(settings.map(({ path, input }) => [path, writeField(input, memberOf(object, path))]))
}

/** The settings that differ between two drafts. */
export function differences(settings: readonly Setting[], before: Draft, after: Draft): Difference[] {
  return settings
    .map((setting) => ({ setting, before: before[setting.path] ?? '', after: after[setting.path] ?? '' }))
    .filter((difference) => difference.before !== difference.after)
}

/** The body that changes an object from one draft to another: it names only what differs, and null resets. */
export function changeOf(settings: readonly Setting[], before: Draft, after: Draft): Record<string, unknown> {
  const change: Record<string, unknown> = {}
  for (const { setting, after: text } of differences(settings, before, after)) {
    setMember(change, setting.path, readField(setting.input, text))
  }
  return change
}

/** The body that creates an object: it names all settings that have a value. */
export function bodyOf(settings: readonly Setting[], draft: Draft): Record<string, unknown> {
  return changeOf(settings, {}, draft)
}
