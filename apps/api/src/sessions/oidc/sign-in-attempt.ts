import { patterns } from '@sluice/contracts'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { cookiesIn } from '../../auth/session-cookie.ts'

/** What the API needs to know of a sign-in once the issuer sends the browser back. */
const SignInAttempt = Type.Object({
  /** The issuer returns it, so that its answer belongs to this attempt. */
  state: Type.String(),
  /** The ID token contains it, so that it was made for this attempt. */
  nonce: Type.String(),
  /** The secret of PKCE: a code that leaks is of no use without it. */
  verifier: Type.String(),
  /** The path at which the browser goes on. */
  returnTo: Type.String({ pattern: patterns.returnTo }),
})
export type SignInAttempt = Static<typeof SignInAttempt>

const schema = Compile(SignInAttempt)

/**
 * The cookie binds an attempt to its browser: a callback that an attacker sends to others lacks it. It lies in the browser
 * alone, which may read it, because the issuer has the other half.
 */
const NAME = '__Host-sluice-oidc'
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax'

/** How long a person may take to sign in at the issuer, in seconds. */
const MAX_AGE_S = 600

/** The header with which a browser stores an attempt. */
export function storeAttempt(attempt: SignInAttempt): string {
  const text = Buffer.from(JSON.stringify(attempt)).toString('base64url')
  return `${NAME}=${text}; Max-Age=${MAX_AGE_S}; ${ATTRIBUTES}`
}

/** The header with which a browser deletes its attempt. Each one is used once. */
export const DELETE_ATTEMPT = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`

/** Reads the attempt of a browser. Undefined: it has none. */
export function readAttempt(cookie: string | undefined): SignInAttempt | undefined {
  const [text, ...others] = cookiesIn(cookie ?? '', NAME)
  if (text === undefined || others.length > 0) return undefined
  const attempt = parse(Buffer.from(text, 'base64url').toString())
  return schema.Check(attempt) ? attempt : undefined
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
