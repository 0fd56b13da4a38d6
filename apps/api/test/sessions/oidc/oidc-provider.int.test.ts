import type { SessionView } from '@sluice/contracts'
import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import type { OidcOptions } from '../../../src/sessions/oidc/oidc-settings.ts'
import { callbackOf, OidcBrowser, oidcOptionsFor } from '../../support/oidc-browser.ts'
import { OidcProvider } from '../../support/oidc-provider.ts'
import { problemOf } from '../../support/requests.ts'
import { sessionTest } from '../../support/session-test.ts'

const { CLIENT_ID, CLIENT_SECRET, OTHER_CLIENT_ID, PUBLIC_CLIENT_ID } = OidcProvider

/** A test with a real provider, and an API at which its people sign in. */
const providerTest = sessionTest
  .extend('startProvider', ({ onTestFinished }) => async () => {
    const provider = await OidcProvider.start()
    onTestFinished(() => provider.close())
    return provider
  })
  .extend('provider', ({ startProvider }) => startProvider())
  .extend('open', ({ engine, provider, onTestFinished }) => async (options: Partial<OidcOptions> = {}) => {
    const oidc = { ...oidcOptionsFor(provider.url, CLIENT_ID, CLIENT_SECRET), ...options }
    const app = await buildApp({ engine, oidc, publicUrl: oidc.publicUrl, hosts: { allowed: ['sluice.example'] } })
    onTestFinished(() => app.close())
    return app
  })
  .override('app', ({ open }) => open())

async function signedIn(app: FastifyInstance, provider: OidcProvider, login: string): Promise<OidcBrowser> {
  const browser = new OidcBrowser(app)
  const back = await provider.authorize((await browser.begin()).href, { login })
  expect((await browser.get(callbackOf(back))).statusCode).toBe(302)
  return browser
}

async function expectRefused(browser: OidcBrowser, back: URL): Promise<void> {
  const response = await browser.get(callbackOf(back))
  expect(problemOf(response)).toMatchObject({ status: 403, code: 'SLUICE_OIDC_REFUSED' })
  expect(browser.cookies.size).toBe(0)
}

describe('a person of a real provider', () => {
  providerTest(
    'signs in by its login and consent screens, and has the role of its claims',
    async ({ app, provider }) => {
      const browser = await signedIn(app, provider, 'ada')

      expect(provider.screens).toEqual(['login', 'consent'])
      expect([...browser.cookies.keys()]).toEqual(['__Host-sluice'])
      expect((await browser.get('/v1/session')).json<SessionView>()).toMatchObject({
        kind: 'oidc',
        subject: 'ada',
        name: 'Ada',
        role: 'operator',
      })
      const created = await app.inject({ method: 'POST', url: '/v1/batches', payload: {}, headers: browser.headers })
      expect(created.statusCode).toBe(201)
      expect((await browser.get('/v1/keys')).statusCode).toBe(403)
    },
  )

  providerTest('signs in also if the API has no secret, by PKCE alone', async ({ open, provider }) => {
    const app = await open({ clientId: PUBLIC_CLIENT_ID, clientSecret: undefined })

    const browser = await signedIn(app, provider, 'ada')

    expect((await browser.get('/v1/session')).json<SessionView>()).toMatchObject({ subject: 'ada' })
  })

  providerTest('403 without a role, and when the person refuses consent', async ({ app, provider }) => {
    provider.people.set('eve', { name: 'Eve', roles: ['guests'] })
    const [stranger, refusing] = [new OidcBrowser(app), new OidcBrowser(app)]

    const back = await provider.authorize((await stranger.begin()).href, { login: 'eve' })
    const refused = await provider.authorize((await refusing.begin()).href, { refuses: true })

    expect(problemOf(await stranger.get(callbackOf(back)))).toMatchObject({ code: 'SLUICE_OIDC_NO_ROLE' })
    expect(refused.searchParams.get('error')).toBe('access_denied')
    await expectRefused(refusing, refused)
  })
})

describe('what a real provider sends back', () => {
  /** What an attacker can change on the way to the provider. The provider then does what it is asked. */
  const changes: Record<string, Record<string, string>> = {
    'another state': { state: 'another' },
    'another nonce, which its ID token has': { nonce: 'another' },
    'the challenge of another secret': { code_challenge: 'A'.repeat(43) },
    'another client as the audience': { client_id: OTHER_CLIENT_ID },
  }
  providerTest.for(Object.entries(changes))('403 for %s', async ([, change], { app, provider }) => {
    const browser = new OidcBrowser(app)
    const location = await browser.begin()
    for (const [name, value] of Object.entries(change)) location.searchParams.set(name, value)

    const back = await provider.authorize(location.href)

    expect(back.searchParams.get('code')).toMatch(/./)
    await expectRefused(browser, back)
  })

  providerTest('403 from another provider than the one of the settings', async ({ app, provider, startProvider }) => {
    const other = await startProvider()
    const browser = new OidcBrowser(app)
    const location = await browser.begin()

    const back = await other.authorize(location.href.replace(provider.url, other.url))

    expect(back.searchParams.get('iss')).toBe(other.url)
    await expectRefused(browser, back)
  })

  providerTest('403 in another browser, and when it is repeated', async ({ app, provider }) => {
    const [browser, other] = [new OidcBrowser(app), new OidcBrowser(app)]
    const back = await provider.authorize((await browser.begin()).href)
    const attempt = new Map(browser.cookies)
    await other.begin()

    await expectRefused(other, back)
    expect((await browser.get(callbackOf(back))).statusCode).toBe(302)
    browser.cookies.clear()
    for (const [name, value] of attempt) browser.cookies.set(name, value)
    await expectRefused(browser, back)
  })

  providerTest('403 if the API does not know its secret', async ({ open, provider }) => {
    const browser = new OidcBrowser(await open({ clientSecret: 'wrong' }))

    await expectRefused(browser, await provider.authorize((await browser.begin()).href))
  })

  providerTest('503 if the provider goes by another name than the settings say', async ({ open, provider }) => {
    const app = await open({ issuer: new URL(provider.url.replace('127.0.0.1', 'localhost')) })

    const response = await new OidcBrowser(app).get('/v1/session/oidc')

    expect(problemOf(response)).toMatchObject({ status: 503, code: 'SLUICE_OIDC_UNAVAILABLE' })
  })
})
