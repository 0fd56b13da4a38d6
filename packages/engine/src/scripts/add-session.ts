import { defineScript } from './define-script.ts'

/** A new session. */
export interface AddSessionRequest {
  id: string
  json: string
  /** The first characters of the id. */
  owner: string
  idleMs: number
  maxAgeMs: number
  maxOfOwner: number
}

/** Stores a new session, and deletes expired ones. */
export const addSessionScript = defineScript('add-session', {
  keys: ['records', 'expiries', 'ids'],
  args: ['id', 'json', 'owner', 'idle_ms', 'max_age_ms', 'max_of_owner'],
  encode: ({ id, json, owner, idleMs, maxAgeMs, maxOfOwner }: AddSessionRequest) => ({
    args: { id, json, owner, idle_ms: idleMs, max_age_ms: maxAgeMs, max_of_owner: maxOfOwner },
  }),
  replies: {
    /** `ended`: the sessions of the owner that it has ended. */
    added: ([expiresAt, ...ended]) => ({ expiresAt: Number(expiresAt), ended: ended.map(String) }),
  },
})
