import { defineScript } from './define-script.ts'

/** Reads an API key, with the time of Redis's clock. */
export const readApiKeyScript = defineScript('read-api-key', {
  keys: ['records', 'uses'],
  args: ['id'],
  encode: ({ id }: { id: string }) => ({ args: { id } }),
  replies: {
    found: ([json, usedAt, now]) => ({
      json: String(json),
      /** When it was last used, in ms since the epoch. Null: never. */
      usedAt: usedAt === '' ? null : Number(usedAt),
      now: Number(now),
    }),
    missing: ([now]) => ({ now: Number(now) }),
  },
})
