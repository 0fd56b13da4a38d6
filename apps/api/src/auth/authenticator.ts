import { type Permission, roles } from '@sluice/contracts'
import { EVERYTHING, isSecretOf, type Session } from '@sluice/engine'
import type { FastifyRequest } from 'fastify'
import { isRedisOutage } from '../http/errors/redis-outage.ts'
import { checkOwnPage } from '../http/guard/own-page.ts'
import type { Principal } from '../http/principal.ts'
import type { ApiKeyCache, KnownApiKey } from './api-key-cache.ts'
import { PermissionMissingError, TooManyFailuresError, UnauthenticatedError } from './auth-errors.ts'
import type { AuthMetrics, AuthResult } from './auth-metrics.ts'
import { BoundedLookUps } from './bounded-look-ups.ts'
import { CountsPerMinute } from './counts-per-minute.ts'
import { type KeyCredential, ProvenKeys } from './proven-keys.ts'
import { type Credential, readCredential, readKey } from './read-credential.ts'
import type { SessionCache } from './session-cache.ts'
import { oidcPrincipal, sessionPrincipal } from './session-principal.ts'

type SessionCredential = Extract<Credential, { kind: 'session' }>

/** How clients are authenticated. */
export interface AuthenticatorOptions {
  cache: ApiKeyCache
  sessions: SessionCache
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
  sessionId: null,
  name: null,
  subject: null,
  quotaId: null,
  role: 'admin',
  permissions: new Set(roles.admin),
  ...EVERYTHING,
  expiresAt: null,
}

/** Sessions that do not exist, which one address may send in a minute. Further ones are not looked up. */
const MAX_ENDED_SESSIONS = 100

/**
 * Finds out who makes a request, in two steps. The first one needs no look-up and comes before the overload gate: garbage
 * reaches neither Redis nor the queue of held requests. The second one looks up the API key, or the session and its API
 * key.
 *
 * An address with too many failures is refused every key that the process does not know already, and no look-up takes
 * place. Keys in use go on working, also behind the same proxy. A session that has ended is no failure: its browser
 * counts as a client without a credential.
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #failures: CountsPerMinute
  readonly #endedSessions = new CountsPerMinute(MAX_ENDED_SESSIONS)
  readonly #keyLookUps: BoundedLookUps
  readonly #sessionLookUps = new BoundedLookUps(this.#endedSessions)
  readonly #proven = new ProvenKeys()

  constructor(options: AuthenticatorOptions) {
    this.#options = options
    this.#failures = new CountsPerMinute(options.maxFailures)
    this.#keyLookUps = new BoundedLookUps(this.#failures)
    options.cache.onForgotten((id) => this.#proven.forget(id))
  }

  /** Reads the credential of a request, and throws unless it may be valid. */
  admit(request: FastifyRequest): Credential {
    const credential = readCredential(request.raw, this.#proven)
    if (credential.kind === 'session') return this.#admitSession(request, credential)
    if (credential.kind === 'none') {
      if (!this.#options.allowAnonymous) throw this.#refuse(request, 'missing')
    } else this.#admitKey(request, credential)
    return credential
  }

  /**
   * Returns who makes an admitted request, and a promise only if something must be read.
   *
   * @param now by the monotonic clock, in ms.
   */
  identify(request: FastifyRequest, credential: Credential, now: number): Principal | Promise<Principal> {
    if (credential.kind === 'session') return this.#identifySession(request, credential)
    if (credential.kind !== 'key') return this.#identifyNone(request)
    return this.#recall(credential, now) ?? this.#identifyKey(request, credential)
  }

  /** Returns who has a key whose last reading counts. It is the way of nearly every request, and must cost next to nothing. */
  #recall({ reading }: KeyCredential, now: number): Principal | undefined {
    if (reading === undefined) return undefined
    if (now >= reading.freshUntil || now >= reading.known.expiresAt) return undefined
    this.#count('key')
    return reading.known.principal
  }

  #identifyKey(request: FastifyRequest, credential: KeyCredential): Principal | Promise<Principal> {
    const { cache } = this.#options
    const known = cache.readingOf(credential.id)?.known
    if (known !== undefined) return this.#verify(request, credential, known)
    const lookUp = async () => this.#verify(request, credential, await cache.find(credential.id))
    const found = cache.knows(credential.id) ? lookUp() : this.#lookUpStranger(request, credential, lookUp)
    return found.catch((error: unknown) => this.#fail(error))
  }

  /** Looks up a key that may exist or not. While it waited, others of its address may have failed. */
  #lookUpStranger(
    request: FastifyRequest,
    credential: KeyCredential,
    lookUp: () => Promise<Principal>,
  ): Promise<Principal> {
    return this.#keyLookUps.run(request.ip, async () => {
      this.#checkAddress(request, credential.id)
      return await lookUp()
    })
  }

  /** Returns who has an API key that the body of a request contains. Throws what it would as a header. */
  async signIn(request: FastifyRequest, apiKey: string): Promise<Principal> {
    const credential = readKey(apiKey, this.#proven)
    request.credential = credential
    this.#admitKey(request, credential)
    return await this.identify(request, credential, performance.now())
  }

  /**
   * Returns who uses the session of a request, which needs no permission. Undefined: it has none, or one that has ended.
   * Throws `TooManyFailuresError` if its address has sent too many of those for one more look-up.
   */
  async findSessionOf(request: FastifyRequest): Promise<Principal | undefined> {
    const credential = readCredential(request.raw, this.#proven)
    if (credential.kind !== 'session') return undefined
    checkOwnPage(request.raw)
    return await this.#findOwner(request, credential)
  }

  /** Why a principal may not call a route with this permission. Undefined: it may. */
  findRefusal(principal: Principal, permission: Permission): Error | undefined {
    if (principal.permissions.has(permission)) return undefined
    const holder = holderOf(principal)
    const problem = `This operation needs the permission ${permission}. ${holder} does not have it.`
    return new PermissionMissingError(permission, problem)
  }

  #admitKey(request: FastifyRequest, credential: Credential): void {
    if (credential.kind !== 'key') throw this.#refuse(request, 'malformed')
    // Nearly every request has a key that was valid a moment ago.
    if (credential.reading !== undefined || this.#options.cache.knows(credential.id)) return
    this.#checkAddress(request, credential.id)
  }

  #admitSession(request: FastifyRequest, credential: SessionCredential): Credential {
    checkOwnPage(request.raw)
    if (this.#options.sessions.knows(credential.id) || this.#endedSessions.waitMs(request.ip) === 0) return credential
    if (!this.#options.allowAnonymous) throw this.#refuse(request, 'missing')
    return { kind: 'none' }
  }

  async #identifySession(request: FastifyRequest, credential: SessionCredential): Promise<Principal> {
    const principal = await this.#findOwner(request, credential).catch((error: unknown) =>
      error instanceof TooManyFailuresError ? undefined : this.#fail(error),
    )
    if (principal === undefined) return this.#identifyNone(request)
    this.#count('session')
    return principal
  }

  /** Looks up who uses a session. One that the process does not know may exist or not. */
  #findOwner(request: FastifyRequest, credential: SessionCredential): Promise<Principal | undefined> {
    if (this.#options.sessions.knows(credential.id)) return this.#ownerOf(credential)
    return this.#sessionLookUps.run(request.ip, async () => {
      const waitMs = this.#endedSessions.waitMs(request.ip)
      if (waitMs > 0) throw new TooManyFailuresError(waitMs)
      const principal = await this.#ownerOf(credential)
      if (principal === undefined) this.#endedSessions.add(request.ip)
      return principal
    })
  }

  async #ownerOf({ id, secret }: SessionCredential): Promise<Principal | undefined> {
    const known = await this.#options.sessions.find(id)
    if (known === undefined || !isSecretOf(secret, known.hash) || performance.now() >= known.expiresAt) return undefined
    const principal = await this.#principalOf(known.session)
    if (principal !== undefined) this.#options.sessions.noteUse(known)
    return principal
  }

  async #principalOf(session: Session): Promise<Principal | undefined> {
    const { owner } = session
    if (owner.kind === 'oidc') return oidcPrincipal(session, owner)
    const key = await this.#options.cache.find(owner.keyId)
    if (key === undefined || performance.now() >= key.expiresAt) return undefined
    this.#options.cache.noteUse(key)
    return sessionPrincipal(session, key.principal)
  }

  #identifyNone(request: FastifyRequest): Principal {
    if (!this.#options.allowAnonymous) throw this.#refuse(request, 'missing')
    this.#count('anonymous')
    return ANONYMOUS
  }

  #verify(request: FastifyRequest, credential: KeyCredential, known: KnownApiKey | undefined): Principal {
    if (known === undefined || !this.#prove(credential, known)) throw this.#reject(request, 'unknown', credential)
    const now = performance.now()
    if (now >= known.expiresAt) throw this.#reject(request, 'expired', credential)
    this.#proven.keep(credential, now)
    this.#options.cache.noteUse(known)
    const reading = this.#options.cache.readingOf(credential.id)
    // A signal may have come since.
    credential.reading = reading?.known === known ? reading : undefined
    this.#count('key')
    return known.principal
  }

  /** Whether a key has the secret that was read, which is computed once. */
  #prove(credential: KeyCredential, { hash }: KnownApiKey): boolean {
    if (credential.hash === hash) return true
    if (!isSecretOf(credential.secret, hash)) return false
    credential.hash = hash
    return true
  }

  #reject(request: FastifyRequest, reason: 'unknown' | 'expired', credential: KeyCredential): Error {
    this.#proven.delete(credential)
    return this.#refuse(request, reason, credential.id)
  }

  #fail(error: unknown): never {
    if (isRedisOutage(error)) this.#count('unavailable')
    throw error
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

/** Names what decides which permissions a principal has. */
function holderOf({ kind, role, tenant, queues }: Principal): string {
  const who = kind === 'oidc' ? 'A person' : 'A key'
  if (tenant !== null) return `${who} of role ${role} that belongs to a tenant`
  return queues === null ? `Role ${role}` : `${who} of role ${role} that is narrowed to queues`
}
