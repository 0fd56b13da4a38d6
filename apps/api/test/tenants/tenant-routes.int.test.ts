import type { TenantList, TenantView } from '@sluice/contracts'
import { createBatch } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

describe('/v1/tenants', () => {
  authTest('an admin sets quotas, which the next request that would exceed them finds', async ({ callAs, keyOf }) => {
    const [admin, zebra] = [await keyOf('admin'), await keyOf('submitter', { tenant: 'zebra' })]
    const put = await callAs(admin, { method: 'PUT', url: '/v1/tenants/zebra', payload: { maxTasks: 2 } })
    const post = (key: string, count: number) =>
      callAs(key, {
        method: 'POST',
        url: '/v1/batches',
        payload: { type: 'test', tasks: Array.from({ length: count }, () => ({ payload: 1 })) },
      })

    expect(put.json()).toEqual({
      name: 'zebra',
      maxActiveBatches: null,
      maxTasks: 2,
      maxBytes: null,
      activeBatches: 0,
      tasks: 0,
      bytes: 0,
    })
    expect((await post(zebra, 2)).statusCode).toBe(201)
    const refused = await post(zebra, 1)
    expect([refused.statusCode, problemOf(refused)]).toMatchObject([
      409,
      { code: 'SLUICE_QUOTA_REACHED', quota: 'maxTasks', used: 2, max: 2 },
    ])
    expect((await post(admin, 3)).statusCode).toBe(201)
  })

  authTest('what was read can be sent back, and a quota that is left out is removed', async ({ callAs, keyOf }) => {
    const admin = await keyOf('admin')
    const put = async (payload: object) =>
      (await callAs(admin, { method: 'PUT', url: '/v1/tenants/zebra', payload })).json<TenantView>()
    const first = await put({ maxTasks: 2, maxActiveBatches: 0 })

    expect(await put(first)).toEqual(first)
    expect(await put({})).toMatchObject({ maxTasks: null, maxActiveBatches: null })
    const other = await callAs(admin, { method: 'PUT', url: '/v1/tenants/okapi', payload: first })
    expect(other.statusCode).toBe(400)
  })

  authTest('a tenant reads its own usage, and a key of no tenant that of all', async ({ engine, callAs, keyOf }) => {
    for (const tenant of ['zebra', 'okapi']) await createBatch(engine, { tenant, tasks: ['{"payload":1}'] })
    const namesFor = async (key: string) =>
      (await callAs(key, { url: '/v1/tenants' })).json<TenantList>().tenants.map(({ name }) => name)

    expect(await namesFor(await keyOf('viewer', { tenant: 'zebra' }))).toEqual(['zebra'])
    expect(await namesFor(await keyOf('viewer'))).toEqual(['okapi', 'zebra'])
  })
})
