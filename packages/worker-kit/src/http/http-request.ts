import type { HttpDefaults } from '../handler.ts'
import { invalidPayload, type HttpPayload } from './http-payload.ts'
import type { FillInSecrets, FilledHeaders } from './secrets.ts'

/** One HTTP request, ready to be sent. */
export interface HttpRequest extends FilledHeaders {
  url: URL
  method: string
  body: string | null
  timeoutMs: number
}

const DEFAULT_TIMEOUT_MS = 30_000

/** Makes the request a payload asks for, with its queue's defaults and the worker's secrets filled in. */
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
  if (url === null) throw invalidPayload(`url must be an absolute URL; it is ${JSON.stringify(text.slice(0, 200))}`)
  // Not shown in full: the message is kept and read by more people than a password is meant for.
  if (url.username !== '' || url.password !== '') {
    throw invalidPayload(`url must not hold credentials, send a header to ${url.host} instead`)
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url
  throw invalidPayload(`url must begin with http:// or https://; it is ${JSON.stringify(text.slice(0, 200))}`)
}

function encodeBody(body: unknown): { body: string | null; contentType: string | undefined } {
  if (body === undefined || body === null) return { body: null, contentType: undefined }
  if (typeof body === 'string') return { body, contentType: undefined }
  return { body: JSON.stringify(body), contentType: 'application/json' }
}

/** Later ones win, whatever the case of their names. */
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
 * A proxy that many sites share goes by the Host header and not by the address it was reached under, so a foreign
 * one would carry a secret past `secretHosts`.
 */
function refuseForeignHost(host: string | undefined, url: URL): void {
  if (host === undefined || host.toLowerCase() === url.host) return
  throw invalidPayload(
    `headers.host must be left out or be that of the url, ${url.host}; it is ${JSON.stringify(host)}`,
  )
}
