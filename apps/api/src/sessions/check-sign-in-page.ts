import type { IncomingMessage } from 'node:http'
import { InsecureSignInError } from '../auth/auth-errors.ts'
import { hostNameOf } from '../http/guard/allowed-hosts.ts'
import { isLoopback } from '../http/guard/loopback.ts'
import { checkOwnPage } from '../http/guard/own-page.ts'

/**
 * Checks where a session would begin. A page of another site could otherwise make a browser use a session of its own. A
 * browser stores the cookie only if it comes over TLS, which the public URL of the API promises, or from loopback. Throws
 * `CrossOriginError` and `InsecureSignInError`.
 */
export function checkSignInPage(request: IncomingMessage, publicUrl: URL | undefined): void {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers
  // Other clients than browsers send neither.
  if (origin !== undefined || site !== undefined) checkOwnPage(request)
  if (isLoopback(hostNameOf(host) ?? '')) return
  const isSecure = publicUrl?.protocol === 'https:' && (origin === undefined || origin === publicUrl.origin)
  if (!isSecure || !isPublic(host, publicUrl)) throw new InsecureSignInError(host, publicUrl)
}

/**
 * Checks that a browser begins and ends a sign-in by the public URL, to which the issuer sends it back: it would otherwise
 * have the cookies of another host. Throws `InsecureSignInError`.
 */
export function checkPublicHost({ headers: { host = '' } }: IncomingMessage, publicUrl: URL): void {
  if (!isPublic(host, publicUrl)) throw new InsecureSignInError(host, publicUrl)
}

function isPublic(host: string, publicUrl: URL): boolean {
  return URL.parse(`${publicUrl.protocol}//${host}`)?.host === publicUrl.host
}
