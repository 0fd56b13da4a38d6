import type { HttpDefaults } from '../handler.ts'
import { invalidPayload, type HttpPayload } from './http-payload.ts'
import { parseTarget, type HttpTarget } from './http-target.ts'
import type { FillInSecrets, FilledHeaders } from './secrets.ts'

/** An HTTP request that is ready to be sent. */
export interface HttpRequest extends FilledHeaders {
  target: HttpTarget
  method: string
  body: string | null
  timeoutMs: number
}

const DEFAULT_TIMEOUT_MS = 30_000

/** Builds the request of a payload with the queue's defaults and the worker's secrets. */
export function buildHttpRequest(payload: HttpPayload, defaults: HttpDefaults, fillIn: FillInSecrets): HttpRequest {
  const target = parseTarget(payload.url)
  const { body, contentType } = encodeBody(payload.body)
  const headers = mergeHeaders(contentType, defaults.headers, payload.headers)
  refuseForeignHost(headers.get('host'), target)
  return {
    target,
    method: payload.method?.toUpperCase() ?? (body === null ? 'GET' : 'POST'),
    body,
    timeoutMs: payload.timeoutMs ?? defaults.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...fillIn(headers, target, defaults.secretHosts ?? []),
  }
}

function encodeBody(body: unknown): { body: string | null; contentType: string | undefined } {
  if (body === undefined || body === null) return { body: null, contentType: undefined }
  if (typeof body === 'string') return { body, contentType: undefined }
  return { body: JSON.stringify(body), contentType: 'application/json' }
}

/** Merges headers case-insensitively. Later sources take precedence. */
function mergeHeaders(
  contentType: string | undefined,
  defaults: Readonly<Record<string, string>> | undefined,
  own: Readonly<Record<string, string>> | undefined,
): Map<string, string> {
  const headers = new Map<string, string>()
  headers.set('user-agent', 'sluice')
  if (contentType !== undefined) headers.set('content-type', contentType)
  if (defaults) addHeaders(headers, defaults)
  if (own) addHeaders(headers, own)
  return headers
}

function addHeaders(headers: Map<string, string>, source: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(source)) headers.set(name.toLowerCase(), source[name] ?? '')
}

/**
 * A shared proxy routes by the Host header and not by the address that was called, so a foreign Host header would carry
 * a secret past `secretHosts`.
 */
function refuseForeignHost(host: string | undefined, target: HttpTarget): void {
  if (host === undefined || host.toLowerCase() === target.host) return
  throw invalidPayload(
    `headers.host must be omitted or equal the host of url, ${target.host}; headers.host is ${JSON.stringify(host)}`,
  )
}
