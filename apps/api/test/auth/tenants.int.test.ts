import {
  type ApiKeySettings,
  changeQueue,
  createBatch,
  type Engine,
  listAudit,
  putLimit,
  putQueue,
  readBatch,
} from '@sluice/engine'
import type { BatchList, BatchView, Problem } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

/** Keys of two tenants, and one of none. */
const tenantTest = authTest.extend('keys', async ({ keyOf }) => ({
  zebra: await keyOf('operator', { tenant: 'zebra' }),
  okapi: await keyOf('operator', { tenant: 'okapi' }),
  all: await keyOf('admin'),
}))

type CallAs = (key: string, request: object) => Promise<{ statusCode: number; headers: object; body: string }>

async function postBatch(callAs: CallAs, key: string, payload: object, headers: object = {}) {
  const response = await callAs(key, { method: 'POST', url: '/v1/batches', payload, headers })
  return { status: response.statusCode, body: JSON.parse(response.body) as BatchView & Problem }
}

async function listed(callAs: CallAs, key: string, query = ''): Promise<BatchList> {
  return JSON.parse((await callAs(key, { url: `/v1/batches${query}` })).body) as BatchList
}

async function makeQueue(engine: Engine, name: string, tenants: string[] | null): Promise<void> {
  await putLimit(engine, `${name}-account`, { rules: [{ unit: 'requests', max: 5, perMs: 1000 }] })
  await putQueue(engine, name, { tenants, limit: `${name}-account` })
}

describe('batches of tenants', () => {
  tenantTest('have codes of their own: the same code names another batch in each tenant', async ({ callAs, keys }) => {
    const zebra = await postBatch(callAs, keys.zebra, { code: 'nightly' })
    const okapi = await postBatch(callAs, keys.okapi, { code: 'nightly' })
    const idOf = async (key: string) =>
      (JSON.parse((await callAs(key, { url: '/v1/batches/code:nightly' })).body) as BatchView).id

    expect([zebra.status, okapi.status]).toEqual([201, 201])
    expect([await idOf(keys.zebra), await idOf(keys.okapi)]).toEqual([zebra.body.id, okapi.body.id])
    expect((await callAs(keys.all, { url: '/v1/batches/code:nightly' })).statusCode).toBe(404)
    const again = await postBatch(callAs, keys.okapi, { code: 'nightly' })
    expect(again).toMatchObject({ status: 409, body: { code: 'SLUICE_CODE_TAKEN', batchId: okapi.body.id } })
  })

  tenantTest('keep their codes when a batch of another tenant with the code is deleted', async ({ callAs, keys }) => {
    const zebra = await postBatch(callAs, keys.zebra, { code: 'nightly', tasks: [] })
    const okapi = await postBatch(callAs, keys.okapi, { code: 'nightly' })

    const deleted = await callAs(keys.zebra, { method: 'DELETE', url: `/v1/batches/${zebra.body.id}` })

    expect(deleted.statusCode).toBe(204)
    expect((await callAs(keys.okapi, { url: '/v1/batches/code:nightly' })).body).toContain(okapi.body.id)
    expect((await postBatch(callAs, keys.zebra, { code: 'nightly' })).status).toBe(201)
  })

  tenantTest('an idempotency key of another tenant neither returns nor blocks a batch', async ({ callAs, keys }) => {
    const headers = { 'idempotency-key': 'monday' }
    const zebra = await postBatch(callAs, keys.zebra, { code: 'a' }, headers)
    const okapi = await postBatch(callAs, keys.okapi, { code: 'b' }, headers)
    const repeated = await postBatch(callAs, keys.zebra, { code: 'a' }, headers)

    expect([zebra.status, okapi.status, repeated.status]).toEqual([201, 201, 200])
    expect(repeated.body).toMatchObject({ id: zebra.body.id, tenant: 'zebra' })
  })

  tenantTest(
    'an upload of another tenant with the same key and code, which still goes on, is no obstacle',
    async ({ engine, callAs, keys }) => {
      const gate = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      const chunks = (async function* () {
        begun.resolve()
        yield ['{"payload":1}']
        await gate.promise
      })()
      const idempotency = { key: 'monday', fingerprint: 'x' }
      const uploading = createBatch(engine, { tenant: 'zebra', code: 'nightly', chunks, idempotency })
      await begun.promise

      const okapi = await postBatch(callAs, keys.okapi, { code: 'nightly' }, { 'idempotency-key': 'monday' })
      gate.resolve()

      expect(okapi.status).toBe(201)
      expect((await uploading).batch).toMatchObject({ tenant: 'zebra', code: 'nightly' })
    },
  )

  tenantTest('a key of a tenant is shown the tenant, and other clients are not', async ({ callAs, keys }) => {
    const zebra = await postBatch(callAs, keys.zebra, {})
    const none = await postBatch(callAs, keys.all, {})

    expect(zebra.body.tenant).toBe('zebra')
    expect(Object.keys(none.body)).not.toContain('tenant')
  })

  tenantTest('lists and their filters show a tenant its own, and a key of no tenant all', async ({ callAs, keys }) => {
    const zebra = (await postBatch(callAs, keys.zebra, {})).body.id
    const okapi = (await postBatch(callAs, keys.okapi, { tasks: [] })).body.id
    const none = (await postBatch(callAs, keys.all, {})).body.id
    const ids = async (key: string, query = '') => (await listed(callAs, key, query)).batches.map(({ id }) => id)

    expect(await ids(keys.zebra)).toEqual([zebra])
    expect(await ids(keys.zebra, '?state=completed')).toEqual([])
    expect(await ids(keys.okapi, '?state=completed')).toEqual([okapi])
    expect(await ids(keys.zebra, '?tenant=okapi')).toEqual([])
    expect((await ids(keys.all)).toSorted()).toEqual([zebra, okapi, none].toSorted())
    expect(await ids(keys.all, '?tenant=okapi')).toEqual([okapi])
    expect(await ids(keys.all, '?tenant=default')).toEqual([none])
    expect(await ids(keys.all, '?tenant=okapi&state=active')).toEqual([])
  })

  tenantTest('a cursor of another tenant leads to the own batches alone', async ({ callAs, keys }) => {
    const own: string[] = []
    for (let i = 0; i < 3; i += 1) {
      own.unshift((await postBatch(callAs, keys.okapi, {})).body.id)
      await postBatch(callAs, keys.zebra, {})
    }
    const foreign = await listed(callAs, keys.zebra, '?pageSize=1')

    const page = await listed(callAs, keys.okapi, `?cursor=${foreign.nextCursor}`)

    expect(page.batches.map(({ id }) => id)).toEqual(own)
  })

  tenantTest('a stream of events ends with a 404 before it begins for another tenant', async ({ callAs, keys }) => {
    const { id } = (await postBatch(callAs, keys.zebra, { tasks: [] })).body
    const watch = (key: string) =>
      callAs(key, { url: `/v1/batches/${id}/events`, headers: { accept: 'text/event-stream' } })

    expect((await watch(keys.zebra)).body).toContain('event: end')
    expect((await watch(keys.okapi)).statusCode).toBe(404)
  })
})

describe('a queue that names tenants', () => {
  tenantTest('does not exist for others, in any answer', async ({ engine, callAs, keys }) => {
    await makeQueue(engine, 'zebra-lane', ['zebra', 'lion'])
    const textOf = async (request: object) => {
      const { statusCode, body } = await callAs(keys.okapi, request)
      const { detail, code } = JSON.parse(body) as Problem
      return { statusCode, code, detail }
    }
    const requests = (name: string) => [
      { url: `/v1/queues/${name}` },
      { url: `/v1/limits/${name}-account` },
      { method: 'POST', url: '/v1/batches', payload: { queue: name } },
      { method: 'POST', url: '/v1/detections', payload: { queue: name, url: 'https://example.com/' } },
    ]

    const absent = requests('other-lane')
    for (const [i, request] of requests('zebra-lane').entries()) {
      const expected = JSON.parse(JSON.stringify(await textOf(absent[i] ?? {})).replaceAll('other-lane', 'zebra-lane'))
      expect(await textOf(request)).toEqual(expected)
      expect([400, 404]).toContain((await textOf(request)).statusCode)
    }
    expect((await callAs(keys.okapi, { url: '/v1/queues' })).body).not.toContain('zebra')
    expect((await callAs(keys.okapi, { url: '/v1/limits' })).body).not.toContain('zebra')
  })

  tenantTest('can be used by each of them, and by keys of no tenant', async ({ engine, callAs, keys }) => {
    await makeQueue(engine, 'zebra-lane', ['zebra', 'lion'])
    const seen = async (key: string) =>
      JSON.parse((await callAs(key, { url: '/v1/queues/zebra-lane' })).body) as { tenants: string[] }

    expect((await postBatch(callAs, keys.zebra, { queue: 'zebra-lane' })).status).toBe(201)
    expect((await postBatch(callAs, keys.all, { queue: 'zebra-lane' })).status).toBe(201)
    expect((await callAs(keys.zebra, { url: '/v1/limits/zebra-lane-account' })).statusCode).toBe(200)
    expect((await callAs(keys.zebra, { url: '/v1/limits' })).body).toContain('zebra-lane-account')
    // A tenant learns of no other one.
    expect((await seen(keys.zebra)).tenants).toEqual(['zebra'])
    expect((await seen(keys.all)).tenants).toEqual(['zebra', 'lion'])
  })

  tenantTest(
    '403 for more work in a queue that is not for the tenant any more, which may still end it',
    async ({ engine, callAs, keys }) => {
      await makeQueue(engine, 'lane', ['zebra'])
      const { id } = (await postBatch(callAs, keys.zebra, { queue: 'lane' })).body
      await changeQueue(engine, 'lane', { tenants: ['okapi'] })
      const send = (method: string, path: string, payload?: object) =>
        callAs(keys.zebra, { method, url: `/v1/batches/${id}${path}`, ...(payload && { payload }) })

      for (const [path, payload] of Object.entries({
        '/tasks': [{ payload: {} }],
        '/resume': undefined,
        '/retry': {},
      })) {
        const response = await send('POST', path, payload)
        expect([path, response.statusCode, problemOf(response).code]).toEqual([path, 403, 'SLUICE_QUEUE_CLOSED'])
      }
      expect((await send('GET', '')).statusCode).toBe(200)
      expect((await send('POST', '/cancel')).statusCode).toBe(200)
    },
  )

  tenantTest('operators widen it only while it has no secrets', async ({ engine, callAs, keyOf }) => {
    const operator = await keyOf('operator')
    await putQueue(engine, 'lane', { tenants: ['zebra'], http: { secrets: ['KEY_1'] } })
    const statusOf = async (method: 'PUT' | 'PATCH', payload: object) => {
      const response = await callAs(operator, { method, url: '/v1/queues/lane', payload })
      return [response.statusCode, response.statusCode === 403 && response.json<{ permission: string }>().permission]
    }
    const http = { secrets: ['KEY_1'] }

    expect(await statusOf('PUT', { http, tenants: ['zebra', 'okapi'] })).toEqual([403, 'secrets:grant'])
    expect(await statusOf('PUT', { http })).toEqual([403, 'secrets:grant'])
    expect(await statusOf('PATCH', { tenants: null })).toEqual([403, 'secrets:grant'])
    expect(await statusOf('PATCH', { tenants: ['okapi'] })).toEqual([403, 'secrets:grant'])
    expect(await statusOf('PATCH', { concurrency: 7 })).toEqual([200, false])
    expect(await statusOf('PUT', { http, tenants: ['zebra'] })).toEqual([200, false])
    expect(await statusOf('PATCH', { http: { secrets: null }, tenants: ['okapi'] })).toEqual([200, false])
    expect(await statusOf('PATCH', { tenants: null })).toEqual([200, false])
  })
})

describe('an API key of a tenant', () => {
  tenantTest('is created by an admin, and keeps its tenant for good', async ({ callAs, keys }) => {
    const settings: Partial<ApiKeySettings> = { name: 'x', role: 'viewer', tenant: 'zebra' }
    const created = await callAs(keys.all, { method: 'POST', url: '/v1/keys', payload: settings })
    const { id, key, tenant } = created.json<{ id: string; key: string; tenant: string }>()
    const change = (payload: object) => callAs(keys.all, { method: 'PATCH', url: `/v1/keys/${id}`, payload })
    const rerolled = await callAs(keys.all, { method: 'POST', url: `/v1/keys/${id}/reroll`, payload: {} })

    expect([created.statusCode, tenant]).toEqual([201, 'zebra'])
    expect((await change({ tenant: null })).statusCode).toBe(400)
    expect((await change({ role: 'submitter' })).json()).toMatchObject({ tenant: 'zebra' })
    expect(rerolled.json()).toMatchObject({ tenant: 'zebra' })
    expect((await callAs(key, { url: '/v1/session' })).json()).toMatchObject({ tenant: 'zebra' })
    expect((await callAs(keys.all, { url: '/v1/session' })).json()).toMatchObject({ tenant: null })
    const invalid = await callAs(keys.all, { method: 'POST', url: '/v1/keys', payload: { ...settings, tenant: 'A/b' } })
    expect(invalid.statusCode).toBe(400)
  })

  tenantTest('its requests are in the audit log with its tenant', async ({ engine, callAs, keys }) => {
    await postBatch(callAs, keys.zebra, {})
    await postBatch(callAs, keys.okapi, {})
    await postBatch(callAs, keys.all, {})

    const { entries } = await listAudit(engine, { tenant: 'zebra', pageSize: 10 })
    const answer = await callAs(keys.all, { url: '/v1/audit?tenant=okapi' })

    expect(entries.map(({ tenant, operation }) => [tenant, operation])).toEqual([['zebra', 'createBatch']])
    expect(answer.json<{ entries: object[] }>().entries).toMatchObject([{ tenant: 'okapi', operation: 'createBatch' }])
  })

  tenantTest('finds detections of its own tenant, however many others there are', async ({ callAs, keys }) => {
    const detect = async (key: string) =>
      (await callAs(key, { method: 'POST', url: '/v1/detections', payload: { url: 'https://example.com/' } })).json<{
        id: string
        tenant?: string
      }>()
    const own = await detect(keys.zebra)
    for (let i = 0; i < 101; i += 1) await detect(keys.okapi)

    const answer = (await callAs(keys.zebra, { url: '/v1/detections' })).json<{ detections: object[] }>()

    expect(own.tenant).toBe('zebra')
    expect(answer.detections).toMatchObject([{ id: own.id }])
  })

  tenantTest('that is narrowed as well reaches only what both allow', async ({ engine, callAs, keyOf, keys }) => {
    await putQueue(engine, 'lane', {})
    const key = await keyOf('submitter', { tenant: 'zebra', queues: ['lane'] })
    const inLane = (await postBatch(callAs, key, { queue: 'lane' })).body.id
    const { batch: foreign } = await createBatch(engine, { tenant: 'okapi', queue: 'lane' })
    const other = (await postBatch(callAs, keys.zebra, {})).body.id
    const statusOf = async (id: string) => (await callAs(key, { url: `/v1/batches/${id}` })).statusCode

    expect([await statusOf(inLane), await statusOf(foreign.id), await statusOf(other)]).toEqual([200, 404, 404])
    expect((await listed(callAs, key)).batches.map(({ id }) => id)).toEqual([inLane])
    expect((await readBatch(engine, foreign.id)).tenant).toBe('okapi')
  })
})
