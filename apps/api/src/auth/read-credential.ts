import type { IncomingMessage } from 'node:http'
import { readApiKeyText, readSessionText, type SessionText, showsApiKey } from '@sluice/engine'
import { KeyInQueryError, TwoCredentialsError } from './auth-errors.ts'
import type { KeyCredential, ProvenKeys } from './proven-keys.ts'
import { sessionCookiesIn } from './session-cookie.ts'

/** What a request says about who makes it. */
export type Credential = { kind: 'none' } | { kind: 'malformed' } | KeyCredential | ({ kind: 'session' } & SessionText)

const NONE: Credential = { kind: 'none' }
const MALFORMED: Credential = { kind: 'malformed' }

const AUTHORIZATION = 'authorization'
const X_API_KEY = 'x-api-key'

const BEARER = /^bearer +(\S+)$/i
const USUAL_BEARER = 'Bearer '

/**
 * Reads the credential of a request, without any look-up: the checksum tells what cannot be an API key. Throws
 * `TwoCredentialsError` and `KeyInQueryError`.
 */
export function readCredential({ headers, rawHeaders, url = '' }: IncomingMessage, known: ProvenKeys): Credential {
  const query = url.indexOf('?')
  if (query !== -1 && showsApiKey(url.slice(query))) throw new KeyInQueryError()
  const { authorization, 'x-api-key': apiKey, cookie } = headers
  const cookies = cookie === undefined ? [] : sessionCookiesIn(cookie)
  const hasKey = authorization !== undefined || apiKey !== undefined
  if ((hasKey ? countCredentials(rawHeaders) : 0) + cookies.length > 1) throw new TwoCredentialsError()
  if (!hasKey) return readSession(cookies)
  return authorization === undefined ? readKey(String(apiKey), known) : readBearer(authorization, known)
}

/** The usual form of a key that is known needs no regular expression. */
function readBearer(authorization: string, known: ProvenKeys): Credential {
  const proven = authorization.startsWith(USUAL_BEARER)
    ? known.find(authorization.slice(USUAL_BEARER.length))
    : undefined
  if (proven !== undefined) return proven
  const text = BEARER.exec(authorization)?.[1]
  return text === undefined ? MALFORMED : readKey(text, known)
}

/** Reads an API key that a request has anywhere. */
export function readKey(text: string, known: ProvenKeys): Credential {
  const proven = known.find(text)
  if (proven !== undefined) return proven
  const key = readApiKeyText(text)
  return key === undefined ? MALFORMED : { kind: 'key', ...key, text, hash: undefined, reading: undefined }
}

/** A cookie that is no session is none: browsers keep cookies for longer than sessions last. */
function readSession([cookie]: readonly string[]): Credential {
  const session = cookie === undefined ? undefined : readSessionText(cookie)
  return session === undefined ? NONE : { kind: 'session', ...session }
}

/** Node keeps the first of several Authorization headers. A proxy in front may have looked at another one. */
function countCredentials(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length !== AUTHORIZATION.length && name.length !== X_API_KEY.length) continue
    const lower = name.toLowerCase()
    if (lower === AUTHORIZATION || lower === X_API_KEY) count += 1
  }
  return count
}
