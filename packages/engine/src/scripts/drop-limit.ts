import { defineScript } from './define-script.ts'

/** Deletes the settings and the ledger of a deleted limit. */
export const dropLimitScript = defineScript('drop-limit', {
  keys: ['settings', 'ledger'],
  args: ['version'],
  encode: ({ version }: { version: number }) => ({ args: { version } }),
  replies: { dropped: () => ({}) },
})
