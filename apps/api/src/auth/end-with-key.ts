import type { FastifyRequest } from 'fastify'
import { type Principal, principalOf } from '../http/principal.ts'
import type { ApiKeyCache, KnownApiKey } from './api-key-cache.ts'

const CHECK_EVERY_MS = 5000

/**
 * A signal for a stream that may stay open for days: it is aborted once the API key of its request expires, is deleted,
 * or gets another role or other queues. A client whose key still allows it opens the stream again. All streams of a key
 * cost one look-up in 5 seconds together.
 */
export function endWithKey(
  cache: ApiKeyCache,
  request: Pick<FastifyRequest, 'principal'>,
): { signal: AbortSignal; release: () => void } {
  const principal = principalOf(request)
  const { keyId } = principal
  const ended = new AbortController()
  if (keyId === null) return { signal: ended.signal, release: () => {} }
  const compare = (key: KnownApiKey | undefined) => void (!allowsAsMuch(key, principal) && ended.abort())
  // While Redis cannot be reached, the stream ends by its own error.
  const check = () => void Promise.resolve(cache.find(keyId)).then(compare, () => {})
  const timer = setInterval(check, CHECK_EVERY_MS).unref()
  const stop = cache.onForgotten((id) => void (id === keyId && check()))
  check()
  return {
    signal: ended.signal,
    release: () => {
      clearInterval(timer)
      stop()
    },
  }
}

/** Whether a key still has the role and the queues with which the stream was opened. */
function allowsAsMuch(key: KnownApiKey | undefined, { role, queues }: Principal): boolean {
  if (key === undefined || performance.now() >= key.expiresAt) return false
  return key.principal.role === role && String(key.principal.queues) === String(queues)
}
