import type { ApiKeyList, ApiKeyView, NewApiKeyView } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const BODY = { name: 'nightly import', role: 'submitter', queues: ['llm-*'] }

const keyTest = authTest.extend('asAdmin', async ({ callAs, keyOf }) => {
  const admin = await keyOf('admin')
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
    callAs(admin, { method, url, ...(payload && { payload }) })
  return { call, id: admin.slice(5, 17) }
})

describe('/v1/keys', () => {
  keyTest('201 with a key that works, and that no other answer shows', async ({ asAdmin: { call, id }, callAs }) => {
    const created = await call('POST', '/v1/keys', BODY)

    const { key, ...view } = created.json<NewApiKeyView>()
    expect(created.statusCode).toBe(201)
    expect(created.headers['location']).toBe(`/v1/keys/${view.id}`)
    expect(view).toMatchObject({ ...BODY, createdBy: id, expiresAt: null, lastUsedAt: null, replacedBy: null })
    expect((await callAs(key, { url: '/v1/session' })).json()).toMatchObject({ keyId: view.id, role: 'submitter' })
    const [read, list] = [await call('GET', `/v1/keys/${view.id}`), await call('GET', '/v1/keys')]
    expect(read.json()).toMatchObject({ ...view, lastUsedAt: expect.any(String) })
    expect(list.json<ApiKeyList>().keys.map((listed) => listed.id)).toEqual([view.id, id])
    for (const { body } of [read, list]) expect(body).not.toContain(key.slice(17))
  })

  keyTest('200 with a changed key, and a null resets a member', async ({ asAdmin: { call }, callAs }) => {
    const { id, key } = (
      await call('POST', '/v1/keys', { ...BODY, expiresAt: '2999-01-31T13:00:00+01:00' })
    ).json<NewApiKeyView>()

    const changed = await call('PATCH', `/v1/keys/${id}`, { role: 'viewer', queues: null, expiresAt: null })

    expect(changed.json<ApiKeyView>()).toMatchObject({ name: BODY.name, role: 'viewer', queues: null, expiresAt: null })
    expect((await callAs(key, { method: 'POST', url: '/v1/batches', payload: {} })).statusCode).toBe(403)
  })

  keyTest(
    '201 with a key in the place of another, which works for the grace period',
    async ({ asAdmin: { call }, callAs }) => {
      const old = (await call('POST', '/v1/keys', BODY)).json<NewApiKeyView>()

      const successor = await call('POST', `/v1/keys/${old.id}/reroll`)
      const next = successor.json<NewApiKeyView>()

      expect(successor.statusCode).toBe(201)
      expect(next).toMatchObject(BODY)
      for (const { key } of [old, next]) expect((await callAs(key, { url: '/v1/session' })).statusCode).toBe(200)
      expect((await call('GET', `/v1/keys/${old.id}`)).json()).toMatchObject({
        replacedBy: next.id,
        expiresAt: expect.any(String),
      })
    },
  )

  keyTest('401 at once for a key that was replaced without a grace period', async ({ asAdmin: { call }, callAs }) => {
    const { id, key } = (await call('POST', '/v1/keys', BODY)).json<NewApiKeyView>()

    await call('POST', `/v1/keys/${id}/reroll`, { graceMs: 0 })

    expect((await callAs(key, { url: '/v1/session' })).statusCode).toBe(401)
    const again = await call('POST', `/v1/keys/${id}/reroll`)
    expect([again.statusCode, problemOf(again).code]).toEqual([409, 'SLUICE_API_KEY_EXPIRED'])
  })

  keyTest('204 for a deletion, 401 for its key, and 404 from then on', async ({ asAdmin: { call }, callAs }) => {
    const { id, key } = (await call('POST', '/v1/keys', BODY)).json<NewApiKeyView>()

    expect((await call('DELETE', `/v1/keys/${id}`)).statusCode).toBe(204)

    expect((await callAs(key, { url: '/v1/session' })).statusCode).toBe(401)
    for (const response of [
      await call('GET', `/v1/keys/${id}`),
      await call('DELETE', `/v1/keys/${id}`),
      await call('PATCH', `/v1/keys/${id}`, { name: 'x' }),
      await call('POST', `/v1/keys/${id}/reroll`),
    ]) {
      expect([response.statusCode, problemOf(response).code]).toEqual([404, 'SLUICE_API_KEY_NOT_FOUND'])
    }
  })

  keyTest.for<[object, string]>([
    [{}, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, role: 'root' }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, name: '' }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, queues: [] }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, queues: ['*'] }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, queues: ['a*b'] }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, queues: ['a', 'a'] }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, tenant: 'x/y' }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, expiresAt: 'tomorrow' }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, expiresAt: '2999-13-01T00:00:00Z' }, 'SLUICE_REQUEST_INVALID'],
    [{ ...BODY, expiresAt: '2020-01-01T00:00:00Z' }, 'SLUICE_EXPIRY_PAST'],
  ])('400 for %j', async ([body, code], { asAdmin: { call } }) => {
    const response = await call('POST', '/v1/keys', body)

    expect([response.statusCode, problemOf(response).code]).toEqual([400, code])
    expect((await call('GET', '/v1/keys')).json<ApiKeyList>().keys).toHaveLength(1)
  })
})
