import { type Static, Type } from 'typebox'
import { patterns } from './patterns.ts'

/** The version of the settings of an object, as the header `ETag` shows it. */
export const SettingsVersion = Type.String({
  pattern: patterns.version,
  description:
    'The version of the settings. A change that sends it as `If-Match` is refused once the settings have another version.',
  examples: ['"17"'],
})

/** The header that makes a change conditional. */
export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional({
    ...SettingsVersion,
    description: 'The `ETag` of the settings that you have read. If they have changed, the request is refused.',
  }),
})
export type IfMatchHeaders = Static<typeof IfMatchHeaders>
