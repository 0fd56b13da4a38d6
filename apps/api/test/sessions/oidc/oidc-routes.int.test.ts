import type { AuditList, SessionView } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { OidcBrowser, oidcOptionsFor } from '../../support/oidc-browser.ts'
import { type Flaw, OidcIssuer } from '../../support/oidc-issuer.ts'
import { problemOf } from '../../support/requests.ts'
import { sessionTest } from '../../support/session-test.ts'

const HOUR_MS = 3_600_000

const oidcTest = sessionTest
  .extend('issuer', async ({ onTestFinished }) => {
    const issuer = await OidcIssuer.start()
    onTestFinished(() => issuer.close())
    return issuer
  })
  .extend('oidc', ({ issuer }) => oidcOptionsFor(issuer.url, OidcIssuer.CLIENT_ID, OidcIssuer.CLIENT_SECRET))
  .override('app', async ({ engine, oidc, onTestFinished }) => {
    const app = await buildApp({ engine, oidc, publicUrl: oidc.publicUrl, hosts: { allowed: ['sluice.example'] } })
    onTestFinished(() => app.close())
    return app
  })

/** A time of this machine's clock as an ID token has it. */
function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}

/** How a browser follows a redirect of another site. */
const NAVIGATION = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

describe('signing in at an issuer', () => {
  oidcTest(
    '302 begins a session with the best role of the person, and goes on where the browser was',
    async ({ app, issuer }) => {
      const browser = new OidcBrowser(app)
      issuer.claims = { name: 'Ada\n', roles: ['all', 'unknown', 'root', 'ops'] }
      const callback = await browser.authorize(issuer, '/queue/ui/batches/a?tab=live#x')

      const { statusCode, headers } = await browser.get(callback, NAVIGATION)

      expect([statusCode, headers.location]).toEqual([302, 'https://sluice.example/queue/ui/batches/a?tab=live#x'])
      expect([...browser.cookies.keys()]).toEqual(['__Host-sluice'])
      const session = (await browser.get('/v1/session')).json<SessionView>()
      expect(session).toMatchObject({
        kind: 'oidc',
        keyId: null,
        subject: 'ada-1',
        name: String.raw`Ada\u000a`,
        role: 'admin',
        queues: null,
      })
      expect(Date.parse(session.expiresAt ?? '') - Date.now()).toSatisfy(
        (ms: number) => ms > 11 * HOUR_MS && ms <= 12 * HOUR_MS,
      )
    },
  )

  oidcTest('sends the issuer a state, a nonce, a challenge of PKCE and the public URL', async ({ app, issuer }) => {
    const { headers } = await new OidcBrowser(app).get('/v1/session/oidc')

    const url = new URL(String(headers.location))
    expect(url.origin).toBe(issuer.url)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'sluice',
      redirect_uri: 'https://sluice.example/queue/v1/session/oidc/callback',
      scope: 'openid profile',
      state: expect.stringMatching(/^.{43}$/),
      nonce: expect.stringMatching(/^.{43}$/),
      code_challenge: expect.stringMatching(/^.{43}$/),
      code_challenge_method: 'S256',
    })
  })

  oidcTest(
    'has a quota of requests, and entries of the audit log that name the person',
    async ({ app, issuer, keyOf, callAs }) => {
      const browser = new OidcBrowser(app)
      await browser.get(await browser.authorize(issuer))
      const cookie = `__Host-sluice=${browser.cookies.get('__Host-sluice')}`
      const own = { host: 'sluice.example', 'sec-fetch-site': 'same-origin', cookie }

      const created = await app.inject({ method: 'POST', url: '/v1/batches', payload: {}, headers: own })

      expect([created.statusCode, created.headers['ratelimit']]).toEqual([201, expect.stringContaining('"requests"')])
      const { entries } = (await callAs(await keyOf('admin'), { url: '/v1/audit' })).json<AuditList>()
      const who = { actor: 'oidc', keyId: null, name: 'Ada', subject: 'ada-1' }
      expect(entries).toMatchObject([
        { ...who, operation: 'createBatch' },
        { ...who, operation: 'finishSignIn', object: null, result: 'done', status: 302 },
      ])
    },
  )

  oidcTest('403 for a person without a role', async ({ app, issuer }) => {
    for (const claims of [{ roles: ['unknown'] }, { roles: [] }, { roles: { ops: true } }, { groups: ['ops'] }]) {
      const browser = new OidcBrowser(app)
      issuer.claims = claims
      const response = await browser.get(await browser.authorize(issuer))

      expect(problemOf(response)).toMatchObject({
        code: 'SLUICE_OIDC_NO_ROLE',
        detail: expect.stringMatching(/"ada-1".* roles /),
      })
      expect(browser.cookies.has('__Host-sluice')).toBe(false)
    }
  })

  oidcTest.for(['//evil.example', '/\\evil.example', '/\t/evil.example', 'https://evil.example', 'evil', ''])(
    '400 to go on at %j, which is no path of the API',
    async (returnTo, { app }) => {
      const response = await new OidcBrowser(app).get(`/v1/session/oidc?returnTo=${encodeURIComponent(returnTo)}`)

      expect(problemOf(response)).toMatchObject({ status: 400, code: 'SLUICE_REQUEST_INVALID' })
    },
  )

  oidcTest('403 by another host than the public one, whose cookies the callback would lack', async ({ app }) => {
    for (const url of ['/v1/session/oidc', '/v1/session/oidc/callback?code=x']) {
      const response = await new OidcBrowser(app).get(url, { host: 'localhost' })

      expect(problemOf(response)).toMatchObject({
        code: 'SLUICE_INSECURE_SIGN_IN',
        detail: expect.stringContaining('https://sluice.example'),
      })
    }
  })
})

describe('a callback', () => {
  async function refused(browser: OidcBrowser, callback: string) {
    const response = await browser.get(callback)
    expect(problemOf(response)).toMatchObject({ status: 403, code: 'SLUICE_OIDC_REFUSED' })
    expect(browser.cookies.size).toBe(0)
  }

  oidcTest('403 in another browser than the one that has begun', async ({ app, issuer }) => {
    const [attacker, victim, other] = [new OidcBrowser(app), new OidcBrowser(app), new OidcBrowser(app)]
    await other.authorize(issuer)

    const callback = await attacker.authorize(issuer)

    await refused(victim, callback)
    await refused(other, callback)
  })

  oidcTest('403 with another state, and with the state of another attempt', async ({ app, issuer }) => {
    const browser = new OidcBrowser(app)
    const first = await browser.authorize(issuer)
    await browser.authorize(issuer)
    await refused(browser, first)

    const callback = await browser.authorize(issuer)
    await refused(browser, callback.replace(/state=[^&]*/, 'state=x'))
  })

  oidcTest('403 when it is repeated, in the same browser and with its cookie of before', async ({ app, issuer }) => {
    const browser = new OidcBrowser(app)
    const callback = await browser.authorize(issuer)
    const cookies = new Map(browser.cookies)
    expect((await browser.get(callback)).statusCode).toBe(302)
    browser.cookies.clear()

    await refused(browser, callback)
    for (const [name, value] of cookies) browser.cookies.set(name, value)
    await refused(browser, callback)
  })

  oidcTest('403 of another issuer, with an error, and without a code', async ({ app, issuer }) => {
    for (const change of [
      (callback: string) => callback.replace(/iss=[^&]*/, 'iss=https%3A%2F%2Fevil.example'),
      (callback: string) => callback.replace(/iss=[^&]*&?/, ''),
      (callback: string) => callback.replace(/code=[^&]*/, 'error=access_denied'),
      (callback: string) => callback.replace(/code=[^&]*&/, ''),
    ]) {
      const browser = new OidcBrowser(app)
      await refused(browser, change(await browser.authorize(issuer)))
    }
  })

  const flaws: Record<string, Flaw> = {
    'another nonce': { claims: (claims) => ({ ...claims, nonce: 'x' }) },
    'no nonce': { claims: (claims) => ({ ...claims, nonce: undefined }) },
    'another issuer': { claims: (claims) => ({ ...claims, iss: 'https://evil.example' }) },
    'another audience': { claims: (claims) => ({ ...claims, aud: 'another-client' }) },
    'an expiry in the past': { claims: (claims) => ({ ...claims, exp: inSeconds(-3600) }) },
    'an expiry further in the past than clocks may differ': {
      claims: (claims) => ({ ...claims, exp: inSeconds(-33) }),
    },
    'a time of issue further in the future than clocks may differ': {
      claims: (claims) => ({ ...claims, iat: inSeconds(40) }),
    },
    'a beginning further in the future than clocks may differ': {
      claims: (claims) => ({ ...claims, nbf: inSeconds(40) }),
    },
    'a time of issue that is no number': { claims: (claims) => ({ ...claims, iat: 'now' }) },
    'no time of issue': { claims: (claims) => ({ ...claims, iat: undefined }) },
    'no expiry': { claims: (claims) => ({ ...claims, exp: undefined }) },
    'no subject': { claims: (claims) => ({ ...claims, sub: undefined }) },
    'the signature of another key': { otherKey: true },
    'no signature': { unsigned: true },
  }
  oidcTest.for(Object.entries(flaws))('403 with an ID token that has %s', async ([, flaw], { app, issuer }) => {
    const browser = new OidcBrowser(app)
    issuer.flaw = flaw

    await refused(browser, await browser.authorize(issuer))
  })

  oidcTest(
    '429 after 100 refusals of an address in a minute, without another request to the issuer',
    async ({ app, issuer }) => {
      const cookie = `__Host-sluice-oidc=${Buffer.from(JSON.stringify({ state: 's', nonce: 'n', verifier: 'v', returnTo: '/' })).toString('base64url')}`
      const url = `/v1/session/oidc/callback?code=x&state=s&iss=${encodeURIComponent(issuer.url)}`
      const send = async (remoteAddress: string) => {
        const response = await app.inject({ url, headers: { host: 'sluice.example', cookie }, remoteAddress })
        return response.statusCode
      }

      // One after the other: a busy issuer could be too slow for many at once, and a timeout is no refusal.
      const statuses: number[] = []
      for (let i = 0; i < 110; i += 1) statuses.push(await send('10.0.0.1'))

      expect([issuer.exchanges, statuses.filter((status) => status === 403).length]).toEqual([100, 100])
      expect(new Set(statuses)).toEqual(new Set([403, 429]))
      expect(await send('10.0.0.2')).toBe(403)
    },
  )

  const skewed: Record<string, Flaw> = {
    'expired 15 s ago': { claims: (claims) => ({ ...claims, iat: inSeconds(-300), exp: inSeconds(-15) }) },
    'was issued in 25 s': { claims: (claims) => ({ ...claims, iat: inSeconds(25) }) },
    'begins in 25 s': { claims: (claims) => ({ ...claims, nbf: inSeconds(25) }) },
    'was issued a day ago and is valid for another one': {
      claims: (claims) => ({ ...claims, iat: inSeconds(-86_400), exp: inSeconds(86_400) }),
    },
  }
  oidcTest.for(Object.entries(skewed))(
    '302 with an ID token that by the clock of the API %s',
    async ([, flaw], { app, issuer }) => {
      const browser = new OidcBrowser(app)
      issuer.flaw = flaw

      expect((await browser.get(await browser.authorize(issuer))).statusCode).toBe(302)
    },
  )
})

describe('an API', () => {
  oidcTest(
    '503 while its issuer is away, and signs people in as soon as it is back',
    async ({ engine, oidc, onTestFinished }) => {
      const before = await OidcIssuer.start()
      const { url } = before
      before.close()
      const app = await buildApp({
        engine,
        oidc: { ...oidc, issuer: new URL(url) },
        hosts: { allowed: ['sluice.example'] },
      })
      onTestFinished(() => app.close())
      const browser = new OidcBrowser(app)

      const away = await browser.get('/v1/session/oidc')
      const issuer = await OidcIssuer.start(Number(new URL(url).port))
      onTestFinished(() => issuer.close())

      expect(problemOf(away)).toMatchObject({ status: 503, code: 'SLUICE_OIDC_UNAVAILABLE' })
      const callback = await browser.authorize(issuer)
      issuer.close()
      expect(problemOf(await browser.get(callback))).toMatchObject({ status: 503, code: 'SLUICE_OIDC_UNAVAILABLE' })
    },
  )

  sessionTest('404 without an issuer', async ({ app }) => {
    for (const url of ['/v1/session/oidc', '/v1/session/oidc/callback']) {
      expect(problemOf(await app.inject({ url }))).toMatchObject({ status: 404, code: 'SLUICE_OIDC_OFF' })
    }
  })
})
