import type { AuditList, SessionList } from '@sluice/contracts'
import { createSession, personIdOf } from '@sluice/engine'
import type { FastifyInstance } from 'fastify'
import { describe, expect } from 'vitest'
import { ownersOf } from '../../src/sessions/owners-of.ts'
import { problemOf } from '../support/requests.ts'
import { OWN_PAGE, sessionTest, signalledTest, signIn } from '../support/session-test.ts'

/** The id of the session of a cookie. */
function idOf(cookie: string): string {
  return cookie.slice('__Host-sluice='.length, '__Host-sluice='.length + 24)
}

function idsIn(response: { json: () => unknown }): string[] {
  return (response.json() as SessionList).sessions.map(({ id }) => id).toSorted()
}

/** Two browsers with one API key, and one with another. */
async function threeBrowsers(app: FastifyInstance, own: string, other: string) {
  return { one: await signIn(app, own), two: await signIn(app, own), foreign: await signIn(app, other) }
}

describe('the list of sessions', () => {
  sessionTest(
    '200 with those of the own API key, by a session and by the key',
    async ({ app, keyOf, callAs, browse }) => {
      const [own, other] = [await keyOf('viewer'), await keyOf('viewer')]
      const { one, two } = await threeBrowsers(app, own, other)

      const bySession = await browse(one, { url: '/v1/sessions' })
      const byKey = await callAs(own, { url: '/v1/sessions' })

      expect(idsIn(bySession)).toEqual([one, two].map(idOf).toSorted())
      expect(idsIn(byKey)).toEqual(idsIn(bySession))
      const mine = bySession.json<SessionList>().sessions.find(({ id }) => id === idOf(one))
      expect(mine).toEqual({
        id: idOf(one),
        kind: 'session',
        keyId: own.slice(5, 17),
        subject: null,
        name: null,
        createdAt: expect.any(String),
        expiresAt: expect.any(String),
        endsAt: expect.any(String),
        current: true,
      })
      expect(bySession.json<SessionList>().sessions.filter(({ current }) => current)).toHaveLength(1)
      expect(bySession.body).not.toContain(one.slice(-43))
      expect(idsIn(await callAs(own, { url: `/v1/sessions?keyId=${other.slice(5, 17)}` }))).toEqual([])
    },
  )

  sessionTest('200 with those of all keys and people for who may read keys', async ({ app, engine, keyOf, callAs }) => {
    const [own, other, admin] = [
      await keyOf('viewer'),
      await keyOf('operator', { tenant: 'zebra' }),
      await keyOf('admin'),
    ]
    const browsers = await threeBrowsers(app, own, other)
    const owner = {
      kind: 'oidc',
      issuer: 'https://login.example/',
      subject: 'ada',
      name: 'Ada',
      role: 'viewer',
    } as const
    const { session } = await createSession(engine, { ...owner, tenant: null, queues: null })
    const all = [...Object.values(browsers).map(idOf), session.id].toSorted()

    expect(idsIn(await callAs(admin, { url: '/v1/sessions' }))).toEqual(all)
    expect(idsIn(await callAs(admin, { url: `/v1/sessions?keyId=${other.slice(5, 17)}` }))).toEqual([
      idOf(browsers.foreign),
    ])
    const paged: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await callAs(admin, { url: `/v1/sessions?pageSize=1${cursor && `&cursor=${cursor}`}` })
      paged.push(...idsIn(page))
      cursor = page.json<SessionList>().nextCursor
    }
    expect(paged).toEqual(all)
    expect((await callAs(admin, { url: '/v1/sessions' })).body).toContain('"name":"Ada"')
  })

  sessionTest('200 with the own ones alone for an administrator of a tenant', async ({ app, keyOf, callAs }) => {
    const [own, other] = [await keyOf('admin', { tenant: 'okapi' }), await keyOf('admin', { tenant: 'zebra' })]
    const { one, two } = await threeBrowsers(app, own, other)

    expect(idsIn(await callAs(own, { url: '/v1/sessions' }))).toEqual([one, two].map(idOf).toSorted())
  })

  sessionTest('400 for the cursor of the list of another owner', async ({ app, keyOf, callAs }) => {
    const [own, other] = [await keyOf('viewer'), await keyOf('viewer')]
    const { foreign } = await threeBrowsers(app, own, other)

    const response = await callAs(own, { url: `/v1/sessions?cursor=${idOf(foreign)}` })

    expect(problemOf(response)).toMatchObject({ status: 400, code: 'SLUICE_CURSOR_INVALID' })
  })
})

describe('ending one session', () => {
  signalledTest(
    '204 for an own one, after which the others and the key go on',
    async ({ app, keyOf, callAs, browse }) => {
      const key = await keyOf('viewer')
      const [one, two] = [await signIn(app, key), await signIn(app, key)]
      const status = async (cookie: string) => (await browse(cookie, { url: '/v1/session' })).statusCode

      const ended = await browse(one, { method: 'DELETE', url: `/v1/sessions/${idOf(two)}` })

      expect(ended.statusCode).toBe(204)
      await expect.poll(() => status(two)).toBe(401)
      expect(await status(one)).toBe(200)
      expect((await callAs(key, { method: 'DELETE', url: `/v1/sessions/${idOf(one)}` })).statusCode).toBe(204)
      await expect.poll(() => status(one)).toBe(401)
      expect((await callAs(key, { url: '/v1/session' })).statusCode).toBe(200)
    },
  )

  signalledTest(
    '204 for that of another owner with keys:write, and 404 without',
    async ({ app, keyOf, callAs, browse }) => {
      const [victim, operator, tenantAdmin, admin] = [
        await keyOf('viewer'),
        await keyOf('operator'),
        await keyOf('admin', { tenant: 'zebra' }),
        await keyOf('admin'),
      ]
      const cookie = await signIn(app, victim)
      const request = { method: 'DELETE', url: `/v1/sessions/${idOf(cookie)}` } as const

      for (const key of [operator, tenantAdmin]) {
        const refused = await callAs(key, request)
        const unknown = await callAs(key, { ...request, url: `/v1/sessions/${'0'.repeat(24)}` })
        expect(problemOf(refused)).toMatchObject({ status: 404, code: 'SLUICE_SESSION_NOT_FOUND' })
        expect(problemOf(unknown)).toMatchObject({ status: 404, code: 'SLUICE_SESSION_NOT_FOUND' })
      }
      expect((await browse(cookie, { url: '/v1/session' })).statusCode).toBe(200)
      expect((await callAs(admin, request)).statusCode).toBe(204)
      expect((await browse(cookie, { url: '/v1/session' })).statusCode).toBe(401)
      expect(problemOf(await callAs(admin, request))).toMatchObject({ status: 404, code: 'SLUICE_SESSION_NOT_FOUND' })
    },
  )

  sessionTest('writes who has ended which session into the audit log', async ({ app, keyOf, callAs }) => {
    const [victim, admin] = [await keyOf('viewer'), await keyOf('admin', { name: 'root' })]
    const id = idOf(await signIn(app, victim))
    const headers = { 'x-sluice-reason': 'a lost laptop' }

    await callAs(admin, { method: 'DELETE', url: `/v1/sessions/${id}`, headers })

    const { entries } = (await callAs(admin, { url: '/v1/audit?operation=endSession' })).json<AuditList>()
    expect(entries).toMatchObject([
      { name: 'root', object: `sessions/${id}`, result: 'done', status: 204, reason: 'a lost laptop' },
    ])
  })

  sessionTest('403 by a page of another site', async ({ app, keyOf, browse }) => {
    const cookie = await signIn(app, await keyOf('admin'))

    const response = await browse(cookie, {
      method: 'DELETE',
      url: `/v1/sessions/${idOf(cookie)}`,
      headers: { ...OWN_PAGE, 'sec-fetch-site': 'same-site' },
    })

    expect(response.statusCode).toBe(403)
    expect((await browse(cookie, { url: '/v1/session' })).statusCode).toBe(200)
  })
})

sessionTest('no client without keys:read asks for the sessions of others', () => {
  const issuer = new URL('https://login.example/')
  const person = personIdOf({ issuer: issuer.href, subject: 'ada' })
  const viewer = { quotaId: person, permissions: new Set<never>() }
  const admin = { quotaId: null, permissions: new Set(['keys:read'] as const) }

  expect(ownersOf(viewer, {}, issuer)).toEqual({ id: person })
  expect(ownersOf(viewer, { subject: 'ada' }, issuer)).toEqual({ id: person })
  expect(ownersOf(viewer, { subject: 'eve' }, issuer)).toBe('none')
  expect(ownersOf(viewer, { keyId: '7Yb3kQ0pXz2M' }, issuer)).toBe('none')
  expect(ownersOf({ ...viewer, quotaId: null }, {}, issuer)).toBe('none')
  expect(ownersOf(admin, {}, issuer)).toBe('all')
  expect(ownersOf(admin, { subject: 'ada' }, issuer)).toEqual({ id: person })
  expect(ownersOf(admin, { subject: 'ada' }, undefined)).toBe('none')
  expect(ownersOf(admin, { subject: 'ada', keyId: '7Yb3kQ0pXz2M' }, issuer)).toBe('none')
})
