import { defineScript } from './define-script.ts'

/** A new API key. */
export interface AddApiKeyRequest {
  id: string
  json: string
  /** Maximum number of API keys. */
  maxKeys: number
  /** The API key that it replaces: as it was read, and as it becomes. */
  replaced: { id: string; from: string; to: string } | undefined
}

/** Stores a new API key, and changes the one that it replaces. */
export const addApiKeyScript = defineScript('add-api-key', {
  keys: ['records'],
  args: ['id', 'json', 'max_keys', 'replaced_id', 'replaced_from', 'replaced_to'],
  encode: ({ id, json, maxKeys, replaced }: AddApiKeyRequest) => ({
    args: {
      id,
      json,
      max_keys: maxKeys,
      replaced_id: replaced?.id ?? '',
      replaced_from: replaced?.from ?? '',
      replaced_to: replaced?.to ?? '',
    },
  }),
  replies: {
    added: () => ({}),
    full: ([count]) => ({ count: Number(count) }),
    changed: () => ({}),
  },
})
