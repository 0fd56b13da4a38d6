import type { HttpDefaults } from '../handler.ts'
import { invalidPayload, type HttpPayload } from './http-payload.ts'
import type { FillInSecrets, FilledHeaders } from './secrets.ts'

/** An HTTP request that is ready to be sent. */
export interface HttpRequest extends FilledHeaders {
  url: URL
  method: string
  body: string | null
  timeoutMs: number
}

const DEFAULT_TIMEOUT_MS = 30_000

/** Builds the request of a payload with the queue's defaults and the worker's secrets. */
export function buildHttpRequest(payload: HttpPayload, defaults: HttpDefaults, fillIn: FillInSecrets): HttpRequest {
  const url = parseUrl(payload.url)
  const { body, contentType } = encodeBody(payload.body)
  const headers = mergeHeaders(contentType, defaults.headers, payload.headers)
  refuseForeignHost(headers.get('host'), url)
  return {
    url,
    method: payload.method?.toUpperCase() ?? (body === null ? 'GET' : 'POST'),
    body,
    timeoutMs: payload.timeoutMs ?? defaults.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...fillIn(headers, url, defaults.secretHosts ?? []),
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url === null) throw invalidPayload(`url must be an absolute URL; url is ${JSON.stringify(text.slice(0, 200))}`)
  // The URL is not quoted: the message is recorded, and the password must not be.
  if (url.username !== '' || url.password !== '') {
    throw invalidPayload(`url must not contain credentials; pass them to ${url.host} in a header`)
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw invalidPayload(`url must start with http:// or https://; url is ${JSON.stringify(text.slice(0, 200))}`)
}

function encodeBody(body: unknown): { body: string | null; contentType: string | undefined } {
  if (body === undefined || body === null) return { body: null, contentType: undefined }
  if (typeof body === 'string') return { body, contentType: undefined }
  return { body: JSON.stringify(body), contentType: 'application/json' }
}

/** Merges headers case-insensitively. Later sources take precedence. */
function mergeHeaders(
  contentType: string | undefined,
  ...sources: readonly (Readonly<Record<string, string>> | undefined)[]
): Map<string, string> {
  const headers = new Map([['user-agent', 'sluice']])
  if (contentType !== undefined) headers.set('content-type', contentType)
  for (const source of sources) {
    for (const [name, value] of Object.entries(source ?? {})) headers.set(name.toLowerCase(), value)
  }
  return headers
}

/**
 * A shared proxy routes by the Host header and not by the address that was called, so a foreign Host header would carry
 * a secret past `secretHosts`.
 */
function refuseForeignHost(host: string | undefined, url: URL): void {
  if (host === undefined || host.toLowerCase() === url.host) return
  throw invalidPayload(
    `headers.host must be omitted or equal the host of url, ${url.host}; headers.host is ${JSON.stringify(host)}`,
  )
}
