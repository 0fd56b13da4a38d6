import { defineScript } from './define-script.ts'

/** Says that a draft is still being created. A draft that is being discarded stays so. */
export const extendDraftScript = defineScript('extend-draft', {
  keys: ['drafts'],
  args: ['id'],
  encode: ({ id }: { id: string }) => ({ args: { id } }),
  replies: { extended: () => ({}), lost: () => ({}) },
})
