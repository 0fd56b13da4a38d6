import type { Permission } from '@sluice/contracts'
import { SluiceError } from '@sluice/engine'
import { HttpError } from '../http/errors/http-errors.ts'

/**
 * The request has no valid API key. The answer is the same for a missing, malformed, unknown, expired and revoked one, so
 * that it says nothing about which keys exist. The log has the reason.
 */
export class UnauthenticatedError extends HttpError {
  readonly status = 401
  readonly code = 'SLUICE_UNAUTHENTICATED'
  override readonly headers = { 'www-authenticate': 'Bearer realm="sluice"' }

  constructor() {
    super('This request needs a valid API key. Send it as "Authorization: Bearer <key>" or as "x-api-key: <key>".')
  }
}

/** The request has two credentials, and proxies and this process could each choose another one. */
export class TwoCredentialsError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_TWO_CREDENTIALS'

  constructor() {
    super(
      'The request has more than one credential. Send one header: either Authorization or x-api-key, and only once. A browser ' +
        'that has signed in sends the cookie of its session, and no key besides.',
    )
  }
}

/** The request has an API key where logs and histories would keep it. */
export class KeyInQueryError extends SluiceError {
  readonly kind = 'invalid'
  readonly code = 'SLUICE_KEY_IN_QUERY'

  constructor() {
    super(
      'The query has an API key. URLs end up in logs and histories, so the key is not accepted there. Send it as ' +
        '"Authorization: Bearer <key>", and replace this key: it may have been recorded.',
    )
  }
}

/** A browser would not store the cookie of the session that the request asks for. */
export class InsecureSignInError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_INSECURE_SIGN_IN'

  /** @param publicUrl where people can sign in. Undefined: on loopback alone. */
  constructor(host: string, publicUrl: URL | undefined) {
    const remedy =
      publicUrl === undefined
        ? 'Call the API as localhost, or put a proxy with TLS in front and set SLUICE_PUBLIC_URL to its URL'
        : `Sign in at ${publicUrl.origin}`
    super(`Browsers store sessions only over TLS and from loopback, and "${host}" is neither. ${remedy}.`)
  }
}

/** The API key does not have a permission that the request needs. */
export class PermissionMissingError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_PERMISSION_MISSING'
  readonly permission: Permission

  /** @param problem what needs the permission, and who lacks it. */
  constructor(permission: Permission, problem: string) {
    super(problem)
    this.permission = permission
    this.details.permission = permission
  }
}

/** The client is narrowed to other queues. Whether the queue exists does not matter. */
export class QueueNotGrantedError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_QUEUE_NOT_GRANTED'

  constructor(queue: string, granted: readonly string[]) {
    super(`You may use the queues ${granted.join(', ')}, and not "${queue}".`)
    this.details.queue = queue
  }
}

/** The API key belongs to another tenant. Whether this one exists does not matter. */
export class TenantNotFoundError extends HttpError {
  readonly status = 404
  readonly code = 'SLUICE_TENANT_NOT_FOUND'

  constructor(tenant: string) {
    super(`No tenant "${tenant}" exists.`)
  }
}

/** The queue of a batch does not admit the tenant of the batch any more. */
export class QueueClosedError extends HttpError {
  readonly status = 403
  readonly code = 'SLUICE_QUEUE_CLOSED'

  constructor(queue: string) {
    super(`Queue "${queue}" is not for your tenant any more, so no more tasks of this batch may start.`)
    this.details.queue = queue
  }
}

/** The API key has made as many requests as it may for now. */
export class TooManyRequestsError extends SluiceError {
  readonly kind = 'limited'
  readonly code = 'SLUICE_TOO_MANY_REQUESTS'
  override readonly retryAfterMs: number

  constructor(max: number, { windowMs, waitMs }: { windowMs: number; waitMs: number }) {
    super(
      `This API key has made its ${max} requests of these ${windowMs / 1000} s. Retry in ${Math.ceil(waitMs / 1000)} s. ` +
        'To submit many tasks, send them in one request.',
    )
    this.retryAfterMs = waitMs
    this.details.maxRequests = max
  }
}

/** Too many requests from this address had a wrong API key, a session that does not exist, or a sign-in that the issuer refused. */
export class TooManyFailuresError extends SluiceError {
  readonly kind = 'limited'
  readonly code = 'SLUICE_TOO_MANY_FAILURES'
  override readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(
      'Too many requests from this address had a credential that is not valid. Check the API key, and retry in ' +
        `${Math.ceil(retryAfterMs / 1000)} s.`,
    )
    this.retryAfterMs = retryAfterMs
  }
}
