import { NonRetryableError } from '../errors.ts'
import type { HandlerContext } from '../handler.ts'
import { hostMatcherOf, portOf } from './host-list.ts'
import { invalidPayload, type HttpPayload } from './http-payload.ts'
import { parseTarget, type HttpTarget } from './http-target.ts'
import type { FillInSecrets, FilledHeaders, HeaderList } from './secrets.ts'

/** An HTTP request that is ready to be sent. */
export interface HttpRequest extends FilledHeaders {
  target: HttpTarget
  method: string
  body: string | null
  timeoutMs: number
  /** Counts as success in addition to 2xx. Only the beginning of other bodies is read, to quote it in the error. */
  successStatus: number | readonly number[] | undefined
}

const DEFAULT_TIMEOUT_MS = 30_000

/** The attempt that a request is made for. A detection has no trace. */
export type RequestContext = Pick<HandlerContext, 'http'> & Partial<Pick<HandlerContext, 'traceparent'>>

/** Builds the request of a payload with the queue's defaults and the worker's secrets. */
export function buildHttpRequest(payload: HttpPayload, context: RequestContext, fillIn: FillInSecrets): HttpRequest {
  const { http: defaults } = context
  const target = parseTarget(payload.url)
  if (defaults.hosts) refuseOtherHosts(target, defaults.hosts)
  const { body, contentType } = encodeBody(payload.body)
  const headers = mergeHeaders(contentType, defaults.headers, payload.headers)
  addTrace(headers, target, context)
  refuseForeignHost(headers, target)
  return {
    target,
    method: payload.method?.toUpperCase() ?? (body === null ? 'GET' : 'POST'),
    body,
    timeoutMs: payload.timeoutMs ?? defaults.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    successStatus: payload.successStatus,
    ...fillIn(headers, target, defaults.secrets ?? []),
  }
}

/** A task must not call other upstreams than those of its queue, whose limit they would pause for all other tasks. */
function refuseOtherHosts(target: HttpTarget, hosts: readonly string[]): void {
  if (hostMatcherOf(hosts)(target.hostname, portOf(target))) return
  throw new NonRetryableError(
    `Tasks of this queue must not call ${target.host}: the queue's http.hosts does not list this host.`,
    { failureClass: 'invalid' },
  )
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
): string[] {
  const headers = ['user-agent', 'sluice']
  if (contentType !== undefined) headers.push('content-type', contentType)
  if (defaults) setHeaders(headers, defaults)
  if (own) setHeaders(headers, own)
  return headers
}

/** A header that the task or its queue sets stays. */
function addTrace(headers: string[], target: HttpTarget, context: RequestContext): void {
  const { propagateTrace: hosts } = context.http
  if (!hosts || indexOfHeader(headers, 'traceparent') !== -1) return
  if (!hostMatcherOf(hosts)(target.hostname, portOf(target))) return
  if (context.traceparent !== undefined) headers.push('traceparent', context.traceparent)
}

function setHeaders(headers: string[], source: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(source)) {
    const lowerCase = name.toLowerCase()
    const at = indexOfHeader(headers, lowerCase)
    if (at === -1) headers.push(lowerCase, source[name] ?? '')
    else headers[at + 1] = source[name] ?? ''
  }
}

function indexOfHeader(headers: HeaderList, name: string): number {
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] === name) return i
  }
  return -1
}

/**
 * A shared proxy routes by the Host header and not by the address that was called, so a foreign Host header would carry
 * a secret past the hosts that it is bound to.
 */
function refuseForeignHost(headers: HeaderList, target: HttpTarget): void {
  const at = indexOfHeader(headers, 'host')
  const host = headers[at + 1]
  if (at === -1 || host?.toLowerCase() === target.host) return
  throw invalidPayload(
    `headers.host must be omitted or equal the host of url, ${target.host}; headers.host is ${JSON.stringify(host)}`,
  )
}
