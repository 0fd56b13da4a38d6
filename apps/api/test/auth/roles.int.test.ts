import { type Operation, operations, type Role, roles } from '@sluice/contracts'
import type { InjectOptions } from 'fastify'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const table = Object.values(operations) as Operation[]

/** A request of the operation for objects that do not exist. */
function exampleOf({ method, path, body }: Operation): InjectOptions {
  const url = path.replace(':seq', '0').replaceAll(/:\w+/g, 'none')
  return { method, url, ...(body !== undefined && { payload: {} }) }
}

describe.each(Object.keys(roles) as Role[])('an API key of role %s', (role) => {
  authTest(
    'calls the operations whose permission its role has, and 403 for each other one',
    async ({ callAs, keyOf }) => {
      const key = await keyOf(role)
      for (const operation of table) {
        const response = await callAs(key, exampleOf(operation))

        const { permission } = operation
        const isAllowed = permission === null || (roles[role] as readonly string[]).includes(permission)
        expect([operation.id, response.statusCode === 403]).toEqual([operation.id, !isAllowed])
        expect([401, 429, 500]).not.toContain(response.statusCode)
        if (!isAllowed) expect(problemOf(response)).toMatchObject({ code: 'SLUICE_PERMISSION_MISSING', permission })
      }
    },
  )
})

describe('roles', () => {
  authTest('a viewer reads neither payloads nor results, in any operation', async ({ callAs, keyOf }) => {
    const [viewer, admin] = [await keyOf('viewer'), await keyOf('admin')]
    const tasks = [{ payload: { url: 'https://example.com/secret-payload' }, key: 'k' }]
    const created = await callAs(admin, { method: 'POST', url: '/v1/batches', payload: { code: 'x', tasks } })
    const { id } = created.json<{ id: string }>()

    for (const operation of table.filter(({ method, id: name }) => method === 'GET' && name !== 'watchBatch')) {
      const url = operation.path
        .replace('/batches/:id', `/batches/${id}`)
        .replace(':seq', '0')
        .replaceAll(/:\w+/g, 'none')
      const response = await callAs(viewer, { url })

      expect([operation.id, response.body.includes('secret-payload')]).toEqual([operation.id, false])
    }
    expect((await callAs(admin, { url: `/v1/batches/${id}/tasks` })).body).toContain('secret-payload')
  })

  authTest('a role has what the roles before it have', () => {
    const { viewer, submitter, operator, admin } = roles

    expect(submitter).toEqual(expect.arrayContaining([...viewer]))
    expect(operator).toEqual(expect.arrayContaining([...submitter]))
    expect(admin).toEqual(expect.arrayContaining([...operator]))
  })
})
