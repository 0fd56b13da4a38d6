import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { SignInPlace } from './oidc-browser.ts'

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
const OTHER_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
const KEY_ID = 'k1'

/** What an ID token contains, before it is signed. */
export type Claims = Record<string, unknown>

/** What is wrong with the next ID token. */
export interface Flaw {
  claims?: (claims: Claims) => Claims
  /** Signs with a key that the issuer does not publish. */
  otherKey?: boolean
  /** Does not sign at all. */
  unsigned?: boolean
}

interface Grant {
  nonce: string
  challenge: string
  redirectUri: string
}

/**
 * An issuer of OpenID Connect that signs everyone in at once, and can be made to answer as no real one does: with a wrong
 * nonce, issuer, audience, time or signature. It keeps to what RFC 6749 and 7636 demand of it: codes work once, and only
 * with their verifier, their client and their redirect URI. `OidcProvider` is a real one.
 */
export class OidcIssuer implements SignInPlace {
  static readonly CLIENT_ID = 'sluice'
  static readonly CLIENT_SECRET = 'a secret: with/signs'
  readonly url: string
  claims: Claims = { name: 'Ada', roles: ['ops'] }
  flaw: Flaw = {}
  /** Requests for tokens so far. */
  exchanges = 0
  readonly #server
  readonly #grants = new Map<string, Grant>()

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response))
  }

  /** @param port 0: any. */
  static async start(port = 0): Promise<OidcIssuer> {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new OidcIssuer(server)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async authorize(location: string): Promise<URL> {
    const { searchParams: query } = new URL(location)
    const code = randomUUID()
    const redirectUri = query.get('redirect_uri') ?? ''
    this.#grants.set(code, {
      nonce: query.get('nonce') ?? '',
      challenge: query.get('code_challenge') ?? '',
      redirectUri,
    })
    const back = new URL(redirectUri)
    back.search = new URLSearchParams({
      code,
      state: query.get('state') ?? '',
      iss: this.url,
      session_state: 'x',
    }).toString()
    return back
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('content-type', 'application/json')
    if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify(this.#metadata()))
    else if (request.url === '/jwks') response.end(JSON.stringify({ keys: [this.#publicKey()] }))
    else if (request.url === '/token') await this.#exchange(request, response)
    else response.writeHead(404).end('{}')
  }

  #metadata() {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  #publicKey() {
    return { ...KEY.publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.exchanges += 1
    const form = new URLSearchParams(await text(request))
    const code = form.get('code') ?? ''
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    const isClient = request.headers.authorization === basic(OidcIssuer.CLIENT_ID, OidcIssuer.CLIENT_SECRET)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isValid = isClient && grant?.challenge === challenge && grant.redirectUri === form.get('redirect_uri')
    if (!isValid) return void response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant' }))
    response.end(JSON.stringify({ access_token: 'x', token_type: 'Bearer', id_token: this.#idToken(grant.nonce) }))
  }

  #idToken(nonce: string): string {
    const now = Math.floor(Date.now() / 1000)
    const fixed = { iss: this.url, aud: OidcIssuer.CLIENT_ID, sub: 'ada-1', iat: now, exp: now + 300, nonce }
    const claims = (this.flaw.claims ?? ((same) => same))({ ...fixed, ...this.claims })
    const body = `${encode({ alg: this.flaw.unsigned ? 'none' : 'RS256', kid: KEY_ID })}.${encode(claims)}`
    const key = this.flaw.otherKey ? OTHER_KEY.privateKey : KEY.privateKey
    return `${body}.${this.flaw.unsigned ? '' : sign('sha256', Buffer.from(body), key).toString('base64url')}`
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** RFC 6749 encodes both as in a form. */
function basic(id: string, secret: string): string {
  const form = (value: string) => new URLSearchParams({ value }).toString().slice('value='.length)
  return `Basic ${Buffer.from(`${form(id)}:${form(secret)}`).toString('base64')}`
}
