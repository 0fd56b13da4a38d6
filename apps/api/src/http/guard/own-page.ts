import type { IncomingMessage } from 'node:http'
import { CrossOriginError } from '../errors/http-errors.ts'
import { hostNameOf } from './allowed-hosts.ts'
import { isSameHost } from './find-foreignness.ts'
import { isLoopback } from './loopback.ts'

/** Methods that change nothing. A page of another site may make a browser send them, and cannot read the answer. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Throws `CrossOriginError` if a request that changes something was not made by a page of the API itself. Browsers send
 * cookies with requests of any page, and say in `Sec-Fetch-Site` whose it is. Older ones say in `Origin` which page it is.
 * A request without either may come from any page.
 */
export function checkOwnPage({ method = '', headers }: IncomingMessage): void {
  if (SAFE_METHODS.has(method)) return
  const { host = '', origin, 'sec-fetch-site': site } = headers
  if (site === 'same-origin') return
  if (site !== undefined) throw new CrossOriginError('Sec-Fetch-Site', site)
  if (origin === undefined) throw new CrossOriginError('Origin', 'none')
  if (!isSameHost(origin, host) || !isProtected(origin, host)) throw new CrossOriginError('Origin', origin)
}

/** A page that came without TLS may be anyone's. */
function isProtected(origin: string, host: string): boolean {
  return origin.startsWith('https://') || isLoopback(hostNameOf(host) ?? '')
}
