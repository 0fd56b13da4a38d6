import { defineScript } from './define-script.ts'

/** Deletes a session. It also works while Redis is full, or no session could be ended then. */
export const endSessionScript = defineScript('end-session', {
  keys: ['records', 'expiries', 'ids'],
  args: ['id'],
  mayWriteWhenFull: true,
  encode: ({ id }: { id: string }) => ({ args: { id } }),
  replies: {
    ended: () => ({}),
    missing: () => ({}),
  },
})
