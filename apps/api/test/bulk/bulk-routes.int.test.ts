import type { BulkList, BulkView } from '@sluice/contracts'
import { createBatch, listAudit, putQueue } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const tasks = ['{"payload":1}', '{"payload":2}']

describe('POST /v1/bulk', () => {
  authTest(
    '200 with the numbers of batches and tasks of a dry run, which changes nothing',
    async ({ engine, callAs, keyOf }) => {
      for (const code of ['a-1', 'a-2', 'b-1']) await createBatch(engine, { code, tasks })
      const key = await keyOf('submitter')
      const payload = { action: 'cancel', filter: { codePrefix: 'a-' }, dryRun: true }

      const response = await callAs(key, { method: 'POST', url: '/v1/bulk', payload })

      expect(response.statusCode).toBe(200)
      expect(response.json()).toMatchObject({ id: null, state: 'dry_run', total: 2, tasks: 4, hasMore: false })
      expect((await callAs(key, { url: '/v1/bulk' })).json()).toEqual({ operations: [] })
    },
  )

  authTest(
    '202 with an operation that can be read, listed and cancelled, and is audited',
    async ({ engine, callAs, keyOf }) => {
      const { batch } = await createBatch(engine, { tasks })
      const key = await keyOf('operator')
      const payload = { action: 'interrupt', filter: { ids: [batch.id] } }
      const headers = { 'x-sluice-reason': 'the upstream is down' }

      const response = await callAs(key, { method: 'POST', url: '/v1/bulk', payload, headers })
      const { id } = response.json<BulkView>()

      expect(response.statusCode).toBe(202)
      expect(response.headers.location).toBe(`/v1/bulk/${id}`)
      // No worker runs.
      const expected = {
        state: 'running',
        total: 1,
        done: 0,
        reason: 'the upstream is down',
        createdBy: key.slice(5, 17),
      }
      expect((await callAs(key, { url: `/v1/bulk/${id}` })).json()).toMatchObject(expected)
      expect((await callAs(key, { url: '/v1/bulk' })).json<BulkList>().operations).toMatchObject([{ id, ...expected }])
      for (let i = 0; i < 2; i += 1) {
        const cancelled = await callAs(key, { method: 'POST', url: `/v1/bulk/${id}/cancel` })
        expect([cancelled.statusCode, cancelled.json<BulkView>().state]).toEqual([200, 'cancelled'])
      }
      const { entries } = await listAudit(engine, { pageSize: 10 })
      expect(entries.map(({ operation, object, reason }) => [operation, object, reason])).toContainEqual([
        'startBulk',
        `bulk/${id}`,
        'the upstream is down',
      ])
    },
  )

  authTest(
    '403 for an action that the role does not permit, and for another queue',
    async ({ engine, callAs, keyOf }) => {
      await putQueue(engine, 'fax', {})
      const { batch } = await createBatch(engine, { queue: 'fax', tasks })
      const start = async (key: string, payload: object) =>
        await callAs(key, { method: 'POST', url: '/v1/bulk', payload })
      const submitter = await keyOf('submitter')

      for (const action of ['interrupt', 'resume', 'retry', 'delete']) {
        const response = await start(submitter, { action, filter: { state: 'active' } })
        expect([action, response.statusCode]).toEqual([action, 403])
      }
      const narrowed = await keyOf('operator', { queues: ['mail'] })
      const refused = await start(narrowed, { action: 'cancel', filter: { queue: 'fax' } })
      expect(problemOf(refused)).toMatchObject({ status: 403, code: 'SLUICE_QUEUE_NOT_GRANTED' })
      const unreached = await start(narrowed, { action: 'cancel', filter: { ids: [batch.id] }, dryRun: true })
      expect(unreached.json()).toMatchObject({ total: 0 })
      expect((await start(submitter, { action: 'cancel', filter: {} })).statusCode).toBe(400)
    },
  )

  authTest('404 for an operation of a client with another reach', async ({ engine, callAs, keyOf }) => {
    await createBatch(engine, { tasks })
    const payload = { action: 'cancel', filter: { state: 'active' } }
    const response = await callAs(await keyOf('admin'), { method: 'POST', url: '/v1/bulk', payload })
    const { id } = response.json<BulkView>()

    for (const confined of [{ queues: ['default'] }, { tenant: 'acme' }]) {
      const key = await keyOf('operator', confined)
      expect(problemOf(await callAs(key, { url: `/v1/bulk/${id}` })).code).toBe('SLUICE_BULK_NOT_FOUND')
      expect((await callAs(key, { method: 'POST', url: `/v1/bulk/${id}/cancel` })).statusCode).toBe(404)
      expect((await callAs(key, { url: '/v1/bulk' })).json()).toEqual({ operations: [] })
    }
  })
})
