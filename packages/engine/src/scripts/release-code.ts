import { defineScript } from './define-script.ts'

/** Frees the code of a batch, unless another batch has it by now. */
export const releaseCodeScript = defineScript('release-code', {
  keys: ['codes'],
  args: ['code', 'id'],
  encode: (args: { code: string; id: string }) => ({ args }),
  replies: { released: () => ({}) },
})
