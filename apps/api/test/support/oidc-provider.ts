import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Configuration, Provider } from 'oidc-provider'
import { CALLBACK, type SignInPlace } from './oidc-browser.ts'

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** What the provider says of a person besides `sub`. */
type Claims = Record<string, unknown>

/** More pages than a sign-in has. */
const MAX_STEPS = 15

/**
 * A certified provider of OpenID Connect. People sign in at its pages for development: a login screen, which believes
 * everyone, and a screen that asks for consent.
 */
export class OidcProvider implements SignInPlace {
  static readonly CLIENT_ID = 'sluice'
  static readonly CLIENT_SECRET = 'a secret: with/signs'
  /** A client of the same provider with the same redirect URI. */
  static readonly OTHER_CLIENT_ID = 'another'
  /** A client without a secret. */
  static readonly PUBLIC_CLIENT_ID = 'public'
  readonly url: string
  /** By login. */
  readonly people = new Map<string, Claims>([['ada', { name: 'Ada', roles: ['ops'] }]])
  /** The screens that people have seen. */
  readonly screens: string[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const handle = new Provider(this.url, configurationOf(this.people)).callback()
    server.on('request', (request, response) => void handle(request, response))
  }

  static async start(): Promise<OidcProvider> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new OidcProvider(server)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  /** Signs a person in, or lets the person refuse consent. */
  async authorize(location: string, { login = 'ada', refuses = false } = {}): Promise<URL> {
    const jar = new CookieJar()
    let request = new Request(location)
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const url = new URL(request.url)
      request.headers.set('cookie', jar.headerFor(url))
      const response = await fetch(request, { redirect: 'manual' })
      jar.keep(response.headers.getSetCookie())
      const next = response.headers.get('location')
      if (next !== null && !new URL(next, url).href.startsWith(this.url)) return new URL(next)
      request =
        next === null ? this.#fillIn(await response.text(), { login, refuses }) : new Request(new URL(next, url))
    }
    throw new Error(`The provider at ${this.url} has not sent the browser back.`)
  }

  /** What a person sends from a page with a form. */
  #fillIn(page: string, { login, refuses }: { login: string; refuses: boolean }): Request {
    const [, action = ''] = /action="([^"]+)"/.exec(page) ?? []
    const [, prompt] = /name="prompt" value="(\w+)"/.exec(page) ?? []
    if (prompt === undefined) throw new Error(`The provider shows no form: ${page}`)
    this.screens.push(prompt)
    if (refuses && prompt === 'consent') return new Request(`${action}/abort`)
    return new Request(action, { method: 'POST', body: new URLSearchParams({ prompt, login, password: 'x' }) })
  }
}

function configurationOf(people: ReadonlyMap<string, Claims>): Configuration {
  const client = { redirect_uris: [CALLBACK], client_secret: OidcProvider.CLIENT_SECRET }
  return {
    clients: [
      { ...client, client_id: OidcProvider.CLIENT_ID },
      { ...client, client_id: OidcProvider.OTHER_CLIENT_ID },
      {
        client_id: OidcProvider.PUBLIC_CLIENT_ID,
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
      },
    ],
    jwks: { keys: [{ ...KEY.privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['a key that signs cookies'] },
    // The API reads the ID token alone.
    conformIdTokenClaims: false,
    claims: { profile: ['name', 'roles', 'organization', 'queues'] },
    pkce: { required: () => true },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, ...people.get(sub) }) }),
  }
}

/** The cookies of a person's browser at the provider. They are for some of its paths. */
class CookieJar {
  readonly #cookies = new Map<string, { value: string; path: string }>()

  keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const [, path = '/'] = /; path=([^;]+)/i.exec(line) ?? []
      if (value === '') this.#cookies.delete(`${path} ${name}`)
      else this.#cookies.set(`${path} ${name}`, { value, path })
    }
  }

  headerFor({ pathname }: URL): string {
    const sent = [...this.#cookies].filter(([, { path }]) => pathname.startsWith(path))
    return sent.map(([key, { value }]) => `${key.split(' ')[1]}=${value}`).join('; ')
  }
}
