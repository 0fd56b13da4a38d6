import type { Setting } from './setting.ts'

/** What a queue and a limit may be called. */
export const NAME: Setting = {
  path: 'name',
  label: 'Name',
  hint: 'Lower-case letters, digits, dots, underscores and hyphens, beginning with a letter or digit.',
  input: { kind: 'text', pattern: String.raw`[a-z0-9][a-z0-9._\-]{0,62}`, maxLength: 63 },
}
