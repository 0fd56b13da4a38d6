import { defineScript } from './define-script.ts'

/** Frees the code of a batch, unless another batch has it by now. */
export const releaseCodeScript = defineScript('release-code', {
  keys: ['codes'],
  args: ['tenant', 'code', 'id'],
  encode: (args: { tenant: string; code: string; id: string }) => ({ args }),
  replies: { released: () => ({}) },
})
