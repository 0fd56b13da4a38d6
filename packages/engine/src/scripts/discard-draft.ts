import { defineScript } from './define-script.ts'

/** Makes a draft missing for every script. */
export const discardDraftScript = defineScript('discard-draft', {
  keys: ['meta'],
  args: [],
  encode: () => ({ args: {} }),
  replies: { discarded: () => ({}) },
})
