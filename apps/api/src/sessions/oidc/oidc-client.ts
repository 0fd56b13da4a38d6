import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  Configuration,
  discovery,
  enableNonRepudiationChecks,
  type IDToken,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import { OidcRefusedError, OidcUnavailableError } from './oidc-errors.ts'
import type { OidcOptions } from './oidc-settings.ts'
import type { SignInAttempt } from './sign-in-attempt.ts'

/** How long the issuer may take to answer, in seconds. */
const TIMEOUT_S = 5

/** How far the clocks of the issuer and of this machine may differ, in seconds. */
const MAX_CLOCK_SKEW_S = 30

/**
 * Signs people in at an issuer of OpenID Connect, by the authorization code flow with PKCE. The library checks the answer:
 * state, issuer, and signature, audience, nonce and expiry of the ID token.
 *
 * The issuer is asked for its metadata when the first person signs in, so that the API starts while the issuer is away. An
 * attempt that fails is repeated with the next person.
 */
export class OidcClient {
  readonly #options: OidcOptions
  #configuration: Promise<Configuration> | undefined

  constructor(options: OidcOptions) {
    this.#options = options
  }

  /** Begins an attempt. Returns where the browser must go. Throws `OidcUnavailableError`. */
  async begin(returnTo: string): Promise<{ url: URL; attempt: SignInAttempt }> {
    const configuration = await this.#configure()
    const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), returnTo }
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#callback().href,
      scope: this.#options.scopes,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    })
    return { url, attempt }
  }

  /**
   * Exchanges the code in the query of a callback for the claims of a person. Throws `OidcRefusedError` and
   * `OidcUnavailableError`.
   */
  async finish(query: string, { state, nonce, verifier }: SignInAttempt): Promise<IDToken> {
    const configuration = await this.#configure()
    const url = this.#callback()
    url.search = query
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const tokens = await authorizationCodeGrant(configuration, url, checks).catch((error: unknown) =>
      this.#explain(error),
    )
    const claims = tokens.claims()
    const flaw = claims === undefined ? 'no ID token' : flawOfIssue(claims)
    if (claims === undefined || flaw !== undefined) throw new OidcRefusedError(this.#options.issuer, new Error(flaw))
    return claims
  }

  #callback(): URL {
    const url = new URL(this.#options.publicUrl)
    url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/session/oidc/callback`
    return url
  }

  #configure(): Promise<Configuration> {
    this.#configuration ??= this.#discover().catch((error: unknown) => {
      this.#configuration = undefined
      throw new OidcUnavailableError(this.#options.issuer, error)
    })
    return this.#configuration
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#options
    const execute = issuer.protocol === 'http:' ? [allowInsecureRequests] : []
    const found = await discovery(issuer, clientId, undefined, None(), { timeout: TIMEOUT_S, execute })
    const metadata = found.serverMetadata()
    const tolerance = { [clockTolerance]: MAX_CLOCK_SKEW_S }
    const configuration = new Configuration(metadata, clientId, tolerance, clientAuthOf(clientSecret, metadata))
    configuration.timeout = TIMEOUT_S
    for (const configure of [...execute, enableNonRepudiationChecks]) configure(configuration)
    return configuration
  }

  #explain(error: unknown): never {
    if (isOutage(error)) throw new OidcUnavailableError(this.#options.issuer, error)
    throw new OidcRefusedError(this.#options.issuer, error)
  }
}

/** The library does not compare the time at which an ID token was issued. */
function flawOfIssue({ iat }: IDToken): string | undefined {
  const aheadS = iat - Math.floor(Date.now() / 1000)
  if (aheadS <= MAX_CLOCK_SKEW_S) return undefined
  return `the ID token was issued ${aheadS} s in the future by the clock of this machine`
}

/** Basic is what issuers without a list of methods must accept. */
function clientAuthOf(secret: string | undefined, metadata: { token_endpoint_auth_methods_supported?: string[] }) {
  if (secret === undefined) return None()
  const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata
  return methods.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret)
}

/** The issuer cannot be reached, is too slow, or answers with 5xx. The person has done nothing wrong. */
function isOutage(error: unknown): boolean {
  const { code, cause, name, message } = error as Error & { code?: string }
  if (cause instanceof Response) return cause.status >= 500
  return code === 'OAUTH_TIMEOUT' || name === 'TimeoutError' || (name === 'TypeError' && message === 'fetch failed')
}
