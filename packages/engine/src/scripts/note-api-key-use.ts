import { defineScript } from './define-script.ts'

/** Notes that an API key is used, at most once in `everyMs`. */
export const noteApiKeyUseScript = defineScript('note-api-key-use', {
  keys: ['records', 'uses'],
  args: ['id', 'every_ms'],
  encode: ({ id, everyMs }: { id: string; everyMs: number }) => ({ args: { id, every_ms: everyMs } }),
  replies: {
    noted: () => ({}),
    recent: () => ({}),
    missing: () => ({}),
  },
})
