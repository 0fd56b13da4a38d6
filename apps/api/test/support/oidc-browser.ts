import type { FastifyInstance } from 'fastify'
import { expect } from 'vitest'
import type { OidcOptions } from '../../src/sessions/oidc/oidc-settings.ts'

/** The URL of the API in tests of signing in at an issuer. */
const PUBLIC_URL = new URL('https://sluice.example/queue/')

/** Where issuers send browsers back. */
export const CALLBACK = 'https://sluice.example/queue/v1/session/oidc/callback'

/** Where a person signs in. */
export interface SignInPlace {
  /** What happens in the browser of a person: returns the URL to which the issuer sends it back. */
  authorize(location: string): Promise<URL>
}

/** How the API of a test lets people sign in at an issuer. */
export function oidcOptionsFor(issuer: string, clientId: string, clientSecret: string | undefined): OidcOptions {
  return {
    issuer: new URL(issuer),
    clientId,
    clientSecret,
    scopes: 'openid profile',
    roleClaim: 'roles',
    roles: new Map([
      ['all', 'viewer'],
      ['submit', 'submitter'],
      ['ops', 'operator'],
      ['root', 'admin'],
    ]),
    publicUrl: PUBLIC_URL,
  }
}

/** A browser with its cookies. */
export class OidcBrowser {
  readonly cookies = new Map<string, string>()
  readonly #app: FastifyInstance

  constructor(app: FastifyInstance) {
    this.#app = app
  }

  async get(url: string, headers: Record<string, string> = {}) {
    const response = await this.#app.inject({ url, headers: { ...this.headers, ...headers } })
    for (const line of [response.headers['set-cookie'] ?? []].flat()) this.#keep(line)
    return response
  }

  /** What each request of a page of the API has. */
  get headers(): Record<string, string> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return { host: 'sluice.example', 'sec-fetch-site': 'same-origin', ...(cookie !== '' && { cookie }) }
  }

  /** Begins to sign in. Returns where the API sends the browser. */
  async begin(returnTo?: string): Promise<URL> {
    const query = returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`
    const { statusCode, headers } = await this.get(`/v1/session/oidc${query}`)
    expect(statusCode).toBe(302)
    return new URL(String(headers.location))
  }

  /** Begins to sign in. Returns where the issuer sends the browser back. */
  async authorize(issuer: SignInPlace, returnTo?: string): Promise<string> {
    return callbackOf(await issuer.authorize((await this.begin(returnTo)).href))
  }

  #keep(line: string): void {
    expect(line).toMatch(/^__Host-sluice(-oidc)?=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (line.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

/** The path by which the API gets what an issuer sends back: the proxy in front removes the path of the public URL. */
export function callbackOf({ pathname, search }: URL): string {
  return pathname.replace('/queue', '') + search
}
