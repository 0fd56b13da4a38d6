import type { IncomingMessage } from 'node:http'
import { type ApiKeyText, readApiKeyText, showsApiKey } from '@sluice/engine'
import { KeyInQueryError, TwoCredentialsError } from './auth-errors.ts'
import type { ProvenKey, ProvenKeys } from './proven-keys.ts'

/** What a request says about who makes it. */
export type Credential =
  | { kind: 'none' }
  | { kind: 'malformed' }
  | ({
      kind: 'key'
      /** As it was sent. */
      text: string
      /** What was found out about the key before. Undefined: nothing. */
      proven: ProvenKey | undefined
    } & ApiKeyText)

const NONE: Credential = { kind: 'none' }
const MALFORMED: Credential = { kind: 'malformed' }

const AUTHORIZATION = 'authorization'
const X_API_KEY = 'x-api-key'

const BEARER = /^bearer +(\S+)$/i

/**
 * Reads the credential of a request, without any look-up: the checksum tells what cannot be an API key. Throws
 * `TwoCredentialsError` and `KeyInQueryError`.
 */
export function readCredential({ headers, rawHeaders, url = '' }: IncomingMessage, known: ProvenKeys): Credential {
  const query = url.indexOf('?')
  if (query !== -1 && showsApiKey(url.slice(query))) throw new KeyInQueryError()
  const { authorization, 'x-api-key': apiKey } = headers
  if (authorization === undefined && apiKey === undefined) return NONE
  if (countCredentials(rawHeaders) > 1) throw new TwoCredentialsError()
  const text = authorization === undefined ? String(apiKey) : BEARER.exec(authorization)?.[1]
  if (text === undefined) return MALFORMED
  const proven = known.find(text)
  const key = proven ?? readApiKeyText(text)
  return key === undefined ? MALFORMED : { kind: 'key', id: key.id, secret: key.secret, text, proven }
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
