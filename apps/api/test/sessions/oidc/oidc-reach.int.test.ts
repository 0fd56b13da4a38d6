import type { AuditList, BatchList, SessionView } from '@sluice/contracts'
import { createBatch, putQueue } from '@sluice/engine'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { describe, expect } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { checkAnswers } from '../../support/check-answers.ts'
import { callbackOf, OidcBrowser, oidcOptionsFor } from '../../support/oidc-browser.ts'
import { OidcProvider } from '../../support/oidc-provider.ts'
import { problemOf } from '../../support/requests.ts'
import { sessionTest } from '../../support/session-test.ts'

/** A test with a real provider, whose claims confine people to a tenant and to queues. */
const reachTest = sessionTest
  .extend('provider', async ({ onTestFinished }) => {
    const provider = await OidcProvider.start()
    onTestFinished(() => provider.close())
    return provider
  })
  .override('app', async ({ engine, provider, onTestFinished }) => {
    const { CLIENT_ID, CLIENT_SECRET } = OidcProvider
    const base = oidcOptionsFor(provider.url, CLIENT_ID, CLIENT_SECRET)
    const oidc = { ...base, tenantClaim: 'organization', queuesClaim: 'queues' }
    const app = await buildApp({ engine, oidc, publicUrl: oidc.publicUrl, hosts: { allowed: ['sluice.example'] } })
    checkAnswers(app)
    onTestFinished(() => app.close())
    return app
  })
  .extend('signIn', ({ app, provider }) => async (login: string, claims: Record<string, unknown>) => {
    provider.people.set(login, { name: login, ...claims })
    const browser = new OidcBrowser(app)
    const back = await provider.authorize((await browser.begin()).href, { login })
    return { browser, response: await browser.get(callbackOf(back)) }
  })

function send(app: FastifyInstance, browser: OidcBrowser, request: InjectOptions) {
  return app.inject({ ...request, headers: browser.headers })
}

describe('a person whose claims name a tenant', () => {
  reachTest('reaches this tenant alone, and has no permission for what all share', async ({ app, engine, signIn }) => {
    await putQueue(engine, 'zebra-lane', { tenants: ['zebra'] })
    const foreign = await createBatch(engine, {
      tenant: 'zebra',
      queue: 'zebra-lane',
      code: 'secret',
      tasks: ['{"payload":1}'],
    })
    const { browser } = await signIn('ada', { roles: ['root'], organization: 'okapi', queues: '*' })
    const { browser: owner } = await signIn('zoe', { roles: ['root'], organization: ['zebra'], queues: ['*'] })

    expect((await browser.get('/v1/session')).json<SessionView>()).toMatchObject({
      kind: 'oidc',
      role: 'admin',
      tenant: 'okapi',
      queues: null,
    })
    const { id } = foreign.batch
    const denied = ['', '/tasks', '/results', '/report', '/events', '/interruptions', '/series'].map(
      (path) => `/v1/batches/${id}${path}`,
    )
    for (const url of [...denied, '/v1/batches/code:secret', '/v1/queues/zebra-lane', '/v1/tenants/zebra']) {
      expect([url, (await browser.get(url)).statusCode]).toEqual([url, 404])
    }
    for (const method of ['POST', 'DELETE'] as const) {
      const url = `/v1/batches/${id}${method === 'POST' ? '/cancel' : ''}`
      expect([method, (await send(app, browser, { method, url })).statusCode]).toEqual([method, 404])
    }
    for (const url of ['/v1/keys', '/v1/audit', '/metrics', '/v1/system']) {
      const response = await browser.get(url)
      expect([url, response.statusCode]).toEqual([url, 403])
      expect(problemOf(response).detail).toContain('A person of role admin that belongs to a tenant')
    }
    expect((await browser.get('/v1/batches?tenant=zebra')).json<BatchList>()).toMatchObject({ batches: [] })
    expect((await browser.get('/v1/queues?pageSize=200')).body).not.toContain('zebra')
    expect((await owner.get('/v1/batches/code:secret')).statusCode).toBe(200)
    expect((await owner.get('/v1/batches')).json<BatchList>()).toMatchObject({ batches: [{ id, tenant: 'zebra' }] })
  })

  reachTest('creates what belongs to the tenant, as the audit log says', async ({ app, signIn, keyOf, callAs }) => {
    const { browser } = await signIn('ada', { roles: ['submit'], organization: 'okapi', queues: '*' })

    const created = await send(app, browser, { method: 'POST', url: '/v1/batches', payload: {} })

    expect(created.statusCode).toBe(201)
    expect(created.json()).toMatchObject({ tenant: 'okapi' })
    const { entries } = (
      await callAs(await keyOf('admin'), { url: '/v1/audit?operation=createBatch' })
    ).json<AuditList>()
    expect(entries).toMatchObject([{ actor: 'oidc', subject: 'ada', tenant: 'okapi' }])
  })
})

describe('a person whose claims name queues', () => {
  reachTest('finds no other queue and nothing of one', async ({ app, engine, signIn }) => {
    for (const queue of ['llm-a', 'mail']) await putQueue(engine, queue, {})
    const batches = await Promise.all(['llm-a', 'mail'].map((queue) => createBatch(engine, { queue, tasks: [] })))
    const [own, foreign] = batches.map(({ batch }) => batch.id)
    const { browser } = await signIn('ada', { roles: ['root'], organization: '*', queues: ['llm-*'] })

    expect((await browser.get('/v1/session')).json<SessionView>()).toMatchObject({ tenant: null, queues: ['llm-*'] })
    expect((await browser.get(`/v1/batches/${own}`)).statusCode).toBe(200)
    expect((await browser.get(`/v1/batches/${foreign}`)).statusCode).toBe(404)
    expect((await browser.get('/v1/batches')).json<BatchList>().batches.map(({ id }) => id)).toEqual([own])
    const refused = await send(app, browser, { method: 'POST', url: '/v1/batches', payload: { queue: 'mail' } })
    expect(problemOf(refused)).toMatchObject({ status: 403, code: 'SLUICE_QUEUE_NOT_GRANTED' })
    expect((await browser.get('/v1/keys')).statusCode).toBe(403)
  })
})

describe('a person whose claims do not say what is reached', () => {
  reachTest.for<[string, Record<string, unknown>]>([
    ['no tenant', { queues: '*' }],
    ['two tenants', { organization: ['zebra', 'okapi'], queues: '*' }],
    ['a malformed tenant', { organization: 'Zebra', queues: '*' }],
    ['no queues', { organization: 'zebra' }],
    ['an empty list of queues', { organization: 'zebra', queues: [] }],
    ['a malformed queue', { organization: '*', queues: ['llm-*', 'UPPER'] }],
  ])('403 with %s, and the answer names the claim', async ([, claims], { signIn }) => {
    const { browser, response } = await signIn('ada', { roles: ['root'], ...claims })

    expect(problemOf(response)).toMatchObject({
      status: 403,
      code: 'SLUICE_OIDC_NO_REACH',
      detail: expect.stringMatching(/"ada".* (organization|queues) is not /),
    })
    expect(browser.cookies.size).toBe(0)
  })

  reachTest('signs in as an administrator of everything with * in both', async ({ signIn }) => {
    const { browser } = await signIn('ada', { roles: ['root'], organization: '*', queues: ['*'] })

    expect((await browser.get('/v1/keys')).statusCode).toBe(200)
    expect((await browser.get('/v1/session')).json<SessionView>()).toMatchObject({ tenant: null, queues: null })
  })
})
