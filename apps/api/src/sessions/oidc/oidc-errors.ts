import { SluiceError } from '@sluice/engine'
import { HttpError } from '../../http/errors/http-errors.ts'

/** The settings of the API name no issuer at which people could sign in. */
export class OidcOffError extends SluiceError {
  readonly kind = 'not_found'
  readonly code = 'SLUICE_OIDC_OFF'

  constructor() {
    super('This API has no OpenID Connect issuer. Sign in with an API key, or set SLUICE_OIDC_ISSUER.')
  }
}

/** The issuer cannot be reached, or does not answer as an issuer does. */
export class OidcUnavailableError extends SluiceError {
  readonly kind = 'unavailable'
  readonly code = 'SLUICE_OIDC_UNAVAILABLE'
  override readonly retryAfterMs = 5000

  constructor(issuer: URL, cause: unknown) {
    super(`The issuer ${issuer.href} does not answer as it should. Retry in 5 s.`)
    this.cause = cause
  }
}

/** The issuer has not signed the person in, or its answer was not meant for this browser, this API or this moment. */
export class OidcRefusedError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_OIDC_REFUSED'

  /** @param cause why. The answer does not say it, and the log does. */
  constructor(issuer: URL, cause: unknown) {
    super(`The sign-in at ${issuer.href} did not succeed, or was begun in another browser. Sign in again.`)
    this.cause = cause
  }
}

/** The issuer has signed the person in, and the settings of the API give none of its values a role. */
export class OidcNoRoleError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_OIDC_NO_ROLE'

  constructor(subject: string, claim: string) {
    super(
      `The issuer knows "${subject}", but its claim ${claim} has no value that SLUICE_OIDC_ROLES maps to a role. ` +
        'Ask an administrator for access.',
    )
  }
}

/** The issuer has signed the person in, and a claim that the settings name does not say what the person reaches. */
export class OidcNoReachError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_OIDC_NO_REACH'

  constructor(subject: string, { claim, expects }: { claim: string; expects: string }) {
    super(
      `The issuer knows "${subject}", but its claim ${claim} is not ${expects}. Ask an administrator of the issuer for access.`,
    )
  }
}
