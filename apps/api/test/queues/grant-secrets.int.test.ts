import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const url = '/v1/queues/llm'
const using = (...secrets: string[]) => ({ http: { secrets } })

describe('the secrets of a queue', () => {
  authTest('are granted by a key with secrets:grant, which an operator does not have', async ({ callAs, keyOf }) => {
    const [operator, admin] = [await keyOf('operator'), await keyOf('admin')]

    for (const method of ['PUT', 'PATCH'] as const) {
      await callAs(admin, { method: 'PUT', url, payload: using('A') })
      const refused = await callAs(operator, { method, url, payload: using('A', 'B') })

      expect(refused.statusCode).toBe(403)
      expect(problemOf(refused)).toMatchObject({ code: 'SLUICE_PERMISSION_MISSING', permission: 'secrets:grant' })
      expect(refused.body).toContain('Letting queue \\"llm\\" use the secret \\"B\\" needs the permission')
      expect((await callAs(admin, { url })).json()).toMatchObject(using('A'))

      expect((await callAs(admin, { method, url, payload: using('A', 'B') })).json()).toMatchObject(using('A', 'B'))
    }
  })

  authTest('may be kept and withdrawn by an operator, who changes the rest of the queue', async ({ callAs, keyOf }) => {
    const [operator, admin] = [await keyOf('operator'), await keyOf('admin')]
    await callAs(admin, { method: 'PUT', url, payload: using('A', 'B') })

    const kept = await callAs(operator, { method: 'PATCH', url, payload: { concurrency: 7 } })
    const sentBack = await callAs(operator, { method: 'PUT', url, payload: { ...kept.json<object>(), paused: true } })
    const withdrawn = await callAs(operator, { method: 'PATCH', url, payload: using('B') })
    const emptied = await callAs(operator, { method: 'PATCH', url, payload: { http: { secrets: null } } })

    expect(sentBack.json()).toMatchObject({ ...using('A', 'B'), concurrency: 7, paused: true })
    expect(withdrawn.json()).toMatchObject({ ...using('B'), concurrency: 7 })
    expect(emptied.json()).toMatchObject({ http: {} })
    expect((await callAs(operator, { method: 'PATCH', url, payload: using('B') })).statusCode).toBe(403)
  })

  authTest('are not granted by creating a queue, or by a key that is narrowed to it', async ({ callAs, keyOf }) => {
    const narrowed = await keyOf('admin', { queues: ['llm'] })

    for (const key of [await keyOf('operator'), narrowed]) {
      expect((await callAs(key, { method: 'PUT', url, payload: using('A') })).statusCode).toBe(403)
      expect((await callAs(key, { url })).statusCode).toBe(404)
    }
  })

  authTest(
    'that an admin withdraws meanwhile do not come back by a change of an operator',
    async ({ callAs, keyOf }) => {
      const [operator, admin] = [await keyOf('operator'), await keyOf('admin')]
      const created = await callAs(admin, { method: 'PUT', url, payload: using('A') })
      const headers = { 'if-match': String(created.headers.etag) }
      await callAs(admin, { method: 'PUT', url, payload: using() })

      const stale = await callAs(operator, { method: 'PUT', url, headers, payload: using() })
      const late = await callAs(operator, { method: 'PUT', url, headers, payload: using('A') })

      expect([stale.statusCode, late.statusCode]).toEqual([412, 403])
      expect((await callAs(admin, { url })).json()).toMatchObject({ http: { secrets: [] } })
    },
  )
})
