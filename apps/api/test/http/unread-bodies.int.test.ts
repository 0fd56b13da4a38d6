import { type Operation, operations } from '@sluice/contracts'
import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { appendLines, createBatch, postLines, problemOf } from '../support/requests.ts'

const table: Operation[] = Object.values(operations)
const withoutBody = table.filter(({ method, body }) => method !== 'GET' && body === undefined)

describe('a body that an operation does not read', () => {
  apiTest('400, for every body and every content type', async ({ app }) => {
    for (const { id, method, path } of withoutBody) {
      for (const [type, payload] of [
        ['application/json', '{"abort":false}'],
        ['application/json', '{}'],
        ['text/plain', 'garbage'],
        ['application/x-www-form-urlencoded', '{"abort":false}'],
        ['application/x-ndjson', '{}'],
      ] as const) {
        const url = path.replaceAll(/:\w+/g, 'none')
        const response = await app.inject({ method, url, headers: { 'content-type': type }, payload })

        expect([id, type, response.statusCode]).toEqual([id, type, 400])
        expect(problemOf(response)).toMatchObject({
          code: 'SLUICE_REQUEST_INVALID',
          errors: [{ path: 'body', message: 'must be left out: this operation reads none' }],
        })
      }
    }
    expect(withoutBody.map(({ id }) => id)).toContain('sealBatch')
  })

  apiTest('changes nothing', async ({ app }) => {
    const { id } = await createBatch(app)

    await app.inject({ method: 'POST', url: `/v1/batches/${id}/seal`, payload: { sealed: false } })

    expect((await app.inject({ url: `/v1/batches/${id}` })).json()).toMatchObject({ sealed: false, state: 'active' })
  })
})

describe('an Idempotency-Key', () => {
  apiTest('400 where it has no effect and a repetition does harm, with what helps instead', async ({ app }) => {
    const { id } = await createBatch(app)
    const headers = { 'idempotency-key': 'k1' }

    const append = await app.inject({
      method: 'POST',
      url: `/v1/batches/${id}/tasks`,
      headers,
      payload: [{ payload: 1 }],
    })
    const detection = await app.inject({
      method: 'POST',
      url: '/v1/detections',
      headers,
      payload: { url: 'https://api.example.com/' },
    })

    for (const [response, remedy] of [
      [append, /\?offset=/],
      [detection, /List the detections/],
    ] as const) {
      expect(response.statusCode).toBe(400)
      expect(problemOf(response).errors).toEqual([
        { path: 'headers/idempotency-key', message: expect.stringMatching(remedy), value: 'k1' },
      ])
    }
    expect((await app.inject({ url: `/v1/batches/${id}` })).json().counts.total).toBe(0)
  })
})

describe('a repeated append', () => {
  apiTest('409 if a task differs from the one in its place', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, ['{"payload":1}', '{"payload":2}'])

    const response = await postLines(app, id, ['{"payload":1}', '{"payload":3}', '{"payload":4}'], '?offset=0')

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_TASKS_DIFFER', seq: 1, accepted: 0, total: 2 })
  })

  apiTest('200 as an array after it was sent as lines', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, ['{ "payload" : 1 }'])

    const response = await app.inject({
      method: 'POST',
      url: `/v1/batches/${id}/tasks?offset=0`,
      payload: [{ payload: 1 }, { payload: 2 }],
    })

    expect(response.json()).toEqual({ accepted: 1, skipped: 1, total: 2 })
  })
})
