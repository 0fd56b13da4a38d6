import type { IncomingMessage } from 'node:http'
import { type ApiKeyText, readApiKeyText, showsApiKey } from '@sluice/engine'
import { KeyInQueryError, TwoCredentialsError } from './auth-errors.ts'

/** What a request says about who makes it. */
export type Credential = { kind: 'none' } | { kind: 'malformed' } | ({ kind: 'key' } & ApiKeyText)

const NONE: Credential = { kind: 'none' }
const MALFORMED: Credential = { kind: 'malformed' }

const BEARER = /^bearer +(\S+)$/i

/**
 * Reads the credential of a request, without any look-up: the checksum tells what cannot be an API key. Throws
 * `TwoCredentialsError` and `KeyInQueryError`.
 */
export function readCredential({ headers, rawHeaders, url = '' }: IncomingMessage): Credential {
  const query = url.indexOf('?')
  if (query !== -1 && showsApiKey(url.slice(query))) throw new KeyInQueryError()
  const { authorization, 'x-api-key': apiKey } = headers
  if (authorization === undefined && apiKey === undefined) return NONE
  if (countCredentials(rawHeaders) > 1) throw new TwoCredentialsError()
  const text = authorization === undefined ? String(apiKey) : BEARER.exec(authorization)?.[1]
  const key = text === undefined ? undefined : readApiKeyText(text)
  return key === undefined ? MALFORMED : { kind: 'key', ...key }
}

/** Node keeps the first of several Authorization headers. A proxy in front may have looked at another one. */
function countCredentials(rawHeaders: readonly string[]): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase()
    if (name === 'authorization' || name === 'x-api-key') count += 1
  }
  return count
}
