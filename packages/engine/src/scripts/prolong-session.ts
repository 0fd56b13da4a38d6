import { defineScript } from './define-script.ts'

/** Lets a session that is used last longer. It also works while Redis is full: it adds nothing. */
export const prolongSessionScript = defineScript('prolong-session', {
  keys: ['expiries'],
  args: ['id', 'idle_ms', 'ends_at'],
  mayWriteWhenFull: true,
  encode: ({ id, idleMs, endsAt }: { id: string; idleMs: number; endsAt: number }) => ({
    args: { id, idle_ms: idleMs, ends_at: endsAt },
  }),
  replies: {
    prolonged: () => ({}),
    missing: () => ({}),
  },
})
