import { defineScript } from './define-script.ts'

/** A change of an API key. */
export interface ChangeApiKeyRequest {
  id: string
  /** The record as it was read. Undefined: the change applies to any. */
  from: string | undefined
  /** The record that it becomes. Undefined: the key is deleted. */
  to: string | undefined
}

/** Changes or deletes an API key. It also works while Redis is full, or no key could be revoked then. */
export const changeApiKeyScript = defineScript('change-api-key', {
  keys: ['records', 'uses'],
  args: ['id', 'from', 'to'],
  mayWriteWhenFull: true,
  encode: ({ id, from, to }: ChangeApiKeyRequest) => ({ args: { id, from: from ?? '', to: to ?? '' } }),
  replies: {
    changed: () => ({}),
    missing: () => ({}),
    stale: () => ({}),
  },
})
