import type { FastifyRequest } from 'fastify'
import { type Principal, principalOf } from '../http/principal.ts'
import type { ApiKeyCache, KnownApiKey } from './api-key-cache.ts'
import type { RecentReads } from './recent-reads.ts'
import type { KnownSession, SessionCache } from './session-cache.ts'

/** What the process has read of the credentials of streams. */
interface Credentials {
  apiKeys: ApiKeyCache
  sessions: SessionCache
}

const CHECK_EVERY_MS = 5000

/**
 * A signal for a stream that may stay open for days: it is aborted once the API key of its request expires, is deleted,
 * or gets another role or other queues, and once the session of its request ends. A client whose credential still allows
 * it opens the stream again. All streams of a key cost one look-up in 5 seconds together.
 */
export function endWithCredential(
  { apiKeys, sessions }: Credentials,
  request: Pick<FastifyRequest, 'principal'>,
): { signal: AbortSignal; release: () => void } {
  const principal = principalOf(request)
  const ended = new AbortController()
  const endUnless = (holds: boolean) => void (!holds && ended.abort())
  const releases = [
    watch(apiKeys, principal.keyId, (key) => endUnless(allowsAsMuch(apiKeys, key, principal))),
    watch(sessions, principal.sessionId, (session) => endUnless(isInUse(sessions, session))),
  ]
  return { signal: ended.signal, release: () => releases.forEach((release) => release()) }
}

/** Compares what has an id now, every 5 seconds, and when it changes. Null: nothing has. */
function watch<Known>(
  reads: RecentReads<Known>,
  id: string | null,
  compare: (known: Known | undefined) => void,
): () => void {
  if (id === null) return () => {}
  // While Redis cannot be reached, the stream ends by its own error.
  const check = () => void Promise.resolve(reads.find(id)).then(compare, () => {})
  const timer = setInterval(check, CHECK_EVERY_MS).unref()
  const stop = reads.onForgotten((changed) => void (changed === id && check()))
  check()
  return () => {
    clearInterval(timer)
    stop()
  }
}

/** Whether a key still has the role and the queues with which the stream was opened. An open stream is use. */
function allowsAsMuch(apiKeys: ApiKeyCache, key: KnownApiKey | undefined, { role, queues }: Principal): boolean {
  if (key === undefined || performance.now() >= key.expiresAt) return false
  apiKeys.noteUse(key)
  return key.principal.role === role && String(key.principal.queues) === String(queues)
}

/** A page that shows a stream is in use. */
function isInUse(sessions: SessionCache, session: KnownSession | undefined): boolean {
  if (session === undefined || performance.now() >= session.expiresAt) return false
  sessions.noteUse(session)
  return true
}
