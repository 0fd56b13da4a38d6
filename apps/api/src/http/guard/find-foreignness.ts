import type { IncomingMessage } from 'node:http'
import { RequestInvalidError } from '../../intake/intake-errors.ts'
import { CrossOriginError, HostNotAllowedError } from '../errors/http-errors.ts'
import type { HostCheck } from './allowed-hosts.ts'

/** Values of `Sec-Fetch-Site` for requests of a page of the API itself, and for those that a person made directly. */
const OWN_SITES = new Set(['same-origin', 'none'])

/**
 * Why a request is not for this API, or comes from a page of another site that is not one of `origins`. Undefined if it
 * does neither. Browsers send `Sec-Fetch-Site` to loopback addresses and over TLS, and `Origin` with everything but simple
 * reads.
 *
 * @param isOpenToLinks whether people may follow links of other sites to what the request asks for.
 */
export function findForeignness(
  request: IncomingMessage,
  isAllowed: HostCheck,
  { origins, isOpenToLinks }: { origins: ReadonlySet<string>; isOpenToLinks: boolean },
): Error | undefined {
  const { host, origin, 'sec-fetch-site': site } = request.headers
  if (host === undefined || isRepeated(request)) return hostHeaderError(host)
  const unknown = [host, hostOfTarget(request.url)].find((name) => name !== undefined && !isAllowed(name))
  if (unknown !== undefined) return new HostNotAllowedError(unknown)
  if (origin !== undefined && origins.has(origin)) return undefined
  if (origin !== undefined && !isSameHost(origin, host)) return new CrossOriginError('Origin', origin)
  if (isOpenToLinks && isNavigation(request)) return undefined
  if (site !== undefined && !OWN_SITES.has(site)) return new CrossOriginError('Sec-Fetch-Site', site)
  return undefined
}

/** A person follows a link, and the browser shows what it leads to: no page reads it. */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

function hostHeaderError(host: string | undefined): RequestInvalidError {
  return new RequestInvalidError([
    { path: 'headers/host', message: host === undefined ? 'is missing' : 'must not occur twice' },
  ])
}

/** Node keeps the first of several Host headers. A proxy in front may have looked at another one. */
function isRepeated({ rawHeaders }: IncomingMessage): boolean {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count > 1
}

/** The router accepts `GET http://host/path`, too, and ignores the host in it. */
function hostOfTarget(target = ''): string | undefined {
  return target.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)/i.exec(target)?.[1]
}

/** Whether a page has a host. Behind a proxy with TLS, its scheme differs from that of this connection. */
export function isSameHost(origin: string, host: string): boolean {
  return withoutDefaultPort(origin.replace(/^https?:\/\//, '')) === withoutDefaultPort(host.toLowerCase())
}

function withoutDefaultPort(host: string): string {
  return host.replace(/:(?:80|443)$/, '')
}
