import { SESSION_MAX_AGE_MS } from '@sluice/engine'

/**
 * The name of the cookie of a session. Browsers accept a name with this beginning only from the host itself, over TLS or from
 * loopback, and for all paths: neither another host of the same domain nor a network without TLS can plant one.
 */
const NAME = '__Host-sluice'

/** No script reads it, and no page of another site sends it with anything but a link that is followed. */
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax'

/** The header with which a browser stores the cookie of a session. The API decides when the session ends. */
export function storeCookie(text: string): string {
  return `${NAME}=${text}; Max-Age=${SESSION_MAX_AGE_MS / 1000}; ${ATTRIBUTES}`
}

/** The header with which a browser deletes the cookie of a session. */
export const DELETE_COOKIE = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`

/** The values of all cookies of sessions in a header. */
export function sessionCookiesIn(header: string): string[] {
  return cookiesIn(header, NAME)
}

/** The values of all cookies with a name in a header. */
export function cookiesIn(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
}
