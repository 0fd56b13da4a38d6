import { defineScript } from './define-script.ts'

/** Reads a session, with the time of Redis's clock. */
export const readSessionScript = defineScript('read-session', {
  keys: ['records', 'expiries'],
  args: ['id'],
  encode: ({ id }: { id: string }) => ({ args: { id } }),
  replies: {
    found: ([json, expiresAt, now]) => ({ json: String(json), expiresAt: Number(expiresAt), now: Number(now) }),
    missing: () => ({}),
  },
})
