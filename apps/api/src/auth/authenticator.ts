import { type Permission, roles } from '@sluice/contracts'
import { isSecretOf } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'
import { isRedisOutage } from '../http/errors/redis-outage.ts'
import type { Principal } from '../http/principal.ts'
import type { ApiKeyCache, KnownApiKey } from './api-key-cache.ts'
import { PermissionMissingError, TooManyFailuresError, UnauthenticatedError } from './auth-errors.ts'
import type { AuthMetrics, AuthResult } from './auth-metrics.ts'
import { CountsPerMinute } from './counts-per-minute.ts'
import { ProvenKeys } from './proven-keys.ts'
import { type Credential, readCredential } from './read-credential.ts'

type KeyCredential = Extract<Credential, { kind: 'key' }>

/** How clients are authenticated. */
export interface AuthenticatorOptions {
  cache: ApiKeyCache
  metrics: AuthMetrics
  /** Whether a request without a credential may do everything. */
  allowAnonymous: boolean
  /** Failed authentications that one address may have in a minute. */
  maxFailures: number
}

/** Who makes requests without a credential, where that is allowed. */
const ANONYMOUS: Principal = {
  kind: 'anonymous',
  keyId: null,
  name: null,
  role: 'admin',
  permissions: new Set(roles.admin),
  queues: null,
  expiresAt: null,
}

/**
 * Finds out who makes a request, in two steps. The first one needs no look-up and comes before the overload gate: garbage
 * reaches neither Redis nor the queue of held requests. The second one looks the API key up.
 *
 * An address with too many failures is refused every key that the process does not know already. Keys in use go on
 * working, also behind the same proxy.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #failures: CountsPerMinute
  readonly #proven = new ProvenKeys()

  constructor(options: AuthenticatorOptions) {
    this.#options = options
    this.#failures = new CountsPerMinute(options.maxFailures)
  }

  /** Reads the credential of a request, and throws unless it may be valid. */
  admit(request: FastifyRequest): Credential {
    const credential = readCredential(request.raw, this.#proven)
    if (credential.kind === 'none') {
      if (!this.#options.allowAnonymous) throw this.#refuse(request, 'missing')
    } else if (credential.kind === 'malformed') throw this.#refuse(request, 'malformed')
    else if (!this.#options.cache.knows(credential.id)) this.#checkAddress(request, credential.id)
    return credential
  }

  /** Returns who makes an admitted request, and a promise only if the API key must be read. */
  identify(request: FastifyRequest, credential: Credential): Principal | Promise<Principal> {
    if (credential.kind !== 'key') {
      this.#count('anonymous')
      return ANONYMOUS
    }
    const known = this.#options.cache.find(credential.id)
    if (!(known instanceof Promise)) return this.#verify(request, credential, known)
    return known.then(
      (found) => this.#verify(request, credential, found),
      (error: unknown) => {
        if (isRedisOutage(error)) this.#count('unavailable')
        throw error
      },
    )
  }

  /** Why a principal may not call a route with this permission. Undefined: it may. */
  findRefusal({ permissions, role, queues }: Principal, permission: Permission): Error | undefined {
    if (permissions.has(permission)) return undefined
    this.#options.metrics.permissionsRefused.inc({ permission })
    const holder = queues === null ? `Role ${role}` : `A key of role ${role} that is narrowed to queues`
    const problem = `This operation needs the permission ${permission}. ${holder} does not have it.`
    return new PermissionMissingError(permission, problem)
  }

  #verify(request: FastifyRequest, credential: KeyCredential, known: KnownApiKey | undefined): Principal {
    const { id } = credential
    if (known === undefined || !this.#isProven(credential, known)) throw this.#refuse(request, 'unknown', id)
    if (performance.now() >= known.expiresAt) throw this.#refuse(request, 'expired', id)
    this.#count('key')
    return known.principal
  }

  #isProven({ id, secret, text, proven }: KeyCredential, { hash }: KnownApiKey): boolean {
    if (proven?.hash === hash) return true
    const isValid = isSecretOf(secret, hash)
    if (isValid) this.#proven.add(text, { id, secret, hash })
    return isValid
  }

  #checkAddress(request: FastifyRequest, keyId: string): void {
    const waitMs = this.#failures.waitMs(request.ip)
    if (waitMs > 0) throw this.#limit(request, waitMs, keyId)
  }

  #refuse(request: FastifyRequest, reason: 'missing' | 'malformed' | 'unknown' | 'expired', keyId?: string): Error {
    // A client that does not know of keys yet is not guessing.
    const waitMs = reason === 'missing' ? 0 : this.#failures.waitMs(request.ip)
    if (waitMs > 0) return this.#limit(request, waitMs, keyId)
    if (reason !== 'missing') this.#failures.add(request.ip)
    this.#count(reason)
    request.log.info({ reason, keyId, address: request.ip }, 'authentication failed')
    return new UnauthenticatedError()
  }

  #limit(request: FastifyRequest, waitMs: number, keyId: string | undefined): Error {
    this.#count('limited')
    request.log.info({ reason: 'limited', keyId, address: request.ip }, 'authentication failed')
    return new TooManyFailuresError(waitMs)
  }

  #count(result: AuthResult): void {
    this.#options.metrics.authentications.inc({ result })
  }
}
