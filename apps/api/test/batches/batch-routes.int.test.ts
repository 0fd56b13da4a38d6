import { describe, expect } from 'vitest'
import type { BatchView } from '@sluice/contracts'
import { apiTest } from '../support/api-test.ts'
import { appendLines, createBatch, problemOf, taskLines } from '../support/requests.ts'

describe('GET /v1/batches/:id', () => {
  apiTest('404 with a hint if the code was given in place of the id', async ({ app }) => {
    await createBatch(app, { code: 'big' })
    const detailOf = async (url: string) => problemOf(await app.inject({ url })).detail

    expect(await detailOf('/v1/batches/big')).toBe('No batch "big" exists. A batch has this code: use "code:big".')
    expect(await detailOf('/v1/batches/big/tasks/0')).toContain('use "code:big"')
    expect(await detailOf('/v1/batches/small')).toBe('No batch "small" exists.')
    expect(await detailOf('/v1/batches/code:small')).toBe('No batch "code:small" exists.')
  })

  apiTest('200 by id and by code, for every operation on a batch', async ({ app }) => {
    const batch = await createBatch(app, { code: 'année 1 €', tasks: [{ payload: 1 }] })
    const byCode = `/v1/batches/code:${encodeURIComponent('année 1 €')}`

    for (const path of ['', '/tasks', '/tasks/0', '/report', '/results']) {
      const [one, other] = await Promise.all([
        app.inject({ url: `/v1/batches/${batch.id}${path}` }),
        app.inject({ url: `${byCode}${path}` }),
      ])
      expect(one.statusCode, `of ${path}`).toBe(200)
      expect(other.body, `of ${path}`).toBe(one.body)
    }
    for (const action of ['seal', 'cancel']) {
      expect((await app.inject({ method: 'POST', url: `${byCode}/${action}` })).json().id, `of ${action}`).toBe(
        batch.id,
      )
    }
    expect((await app.inject({ method: 'DELETE', url: byCode })).statusCode).toBe(204)
  })

  apiTest('200 for a code of the maximum length', async ({ app }) => {
    const code = '😀'.repeat(200)
    const { id } = await createBatch(app, { code })

    const response = await app.inject({ url: `/v1/batches/code:${encodeURIComponent(code)}` })

    expect(response.json().id).toBe(id)
  })

  apiTest.for(['nope', 'code:nope', 'code:', 'a}b{c', '..%2f..', '%00'])('404 for %s', async (reference, { app }) => {
    const response = await app.inject({ url: `/v1/batches/${reference}` })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_BATCH_NOT_FOUND')
  })

  apiTest.for([
    ['GET', ''],
    ['GET', '/tasks'],
    ['GET', '/tasks/0'],
    ['GET', '/results'],
    ['GET', '/report'],
    ['GET', '/events'],
    ['POST', '/seal'],
    ['POST', '/cancel'],
    ['GET', '/interruptions'],
    ['POST', '/interrupt'],
    ['POST', '/resume'],
    ['POST', '/retry'],
    ['DELETE', ''],
  ] as const)('404 for an unknown batch on %s /v1/batches/:id%s', async ([method, path], { app }) => {
    const response = await app.inject({ method, url: `/v1/batches/nope${path}` })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_NOT_FOUND', instance: `/v1/batches/nope${path}` })
  })

  apiTest('400 for a path that cannot be decoded', async ({ app }) => {
    const response = await app.inject({ url: '/v1/batches/%zz' })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).code).toBe('SLUICE_REQUEST_INVALID')
  })

  apiTest('400 for a path parameter that is too long', async ({ app }) => {
    const response = await app.inject({ url: `/v1/batches/${'x'.repeat(3000)}` })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).code).toBe('SLUICE_REQUEST_INVALID')
  })
})

describe('GET /v1/batches', () => {
  apiTest('200 newest first, page by page', async ({ app }) => {
    const created: string[] = []
    for (let i = 0; i < 5; i++) created.push((await createBatch(app)).id)
    const listed: string[] = []

    let query = '?pageSize=2'
    for (;;) {
      const { batches, nextCursor } = (await app.inject({ url: `/v1/batches${query}` })).json()
      listed.push(...batches.map(({ id }: BatchView) => id))
      if (nextCursor === null) break
      query = `?pageSize=2&cursor=${encodeURIComponent(nextCursor)}`
    }

    expect(listed.toSorted()).toEqual(created.toSorted())
  })

  apiTest('200 with only the requested batches', async ({ app }) => {
    await app.inject({ method: 'PUT', url: '/v1/queues/slow', payload: {} })
    const plain = await createBatch(app)
    const typed = await createBatch(app, { type: 'mail' })
    const slow = await createBatch(app, { queue: 'slow' })
    await app.inject({ method: 'POST', url: `/v1/batches/${plain.id}/cancel` })

    const ids = async (query: string) =>
      (await app.inject({ url: `/v1/batches?${query}` })).json().batches.map(({ id }: BatchView) => id)

    expect(await ids('state=cancelled')).toEqual([plain.id])
    expect(await ids('type=mail')).toEqual([typed.id])
    expect(await ids('queue=slow')).toEqual([slow.id])
    expect(await ids('queue=slow&state=cancelled')).toEqual([])
  })

  apiTest('200 with only the batches of a code, a time and a value', async ({ app }) => {
    const first = await createBatch(app, { code: 'in/2 é'.replace('/', '-'), metadata: { customer: 'a b&c', n: 7 } })
    const second = await createBatch(app, { code: 'in-3', metadata: { 'a.b': 'x' } })

    const ids = async (query: Record<string, string>) => {
      const response = await app.inject({ url: `/v1/batches?${new URLSearchParams(query).toString()}` })
      return response.json<{ batches: BatchView[] }>().batches.map(({ id }) => id)
    }

    expect(await ids({ codePrefix: 'in-2 é' })).toEqual([first.id])
    expect(await ids({ 'metadata.customer': 'a b&c', 'metadata.n': '7' })).toEqual([first.id])
    expect(await ids({ 'metadata.a.b': 'x', codePrefix: 'in-' })).toEqual([second.id])
    expect(await ids({ createdBefore: first.createdAt })).toEqual([])
    expect((await ids({ createdAfter: first.createdAt })).toSorted()).toEqual([first.id, second.id].toSorted())
    expect(await ids({ createdAfter: first.createdAt.replace('Z', '+23:00') })).toHaveLength(2)
  })

  apiTest.for([
    'pageSize=0',
    'pageSize=201',
    'pageSize=ten',
    'state=done',
    'queue=A',
    'stat=active',
    'state=active&state=completed',
    'codePrefix=',
    'codePrefix=a%2Fb',
    'createdAfter=yesterday',
    'createdAfter=2026-13-01T00:00:00Z',
    'createdBefore=2026-12-01',
    'metadata=x',
    'metadata.a=1&metadata.a=2',
    'metadatax.a=1',
    `metadata.a=${'x'.repeat(501)}`,
  ])('400 for ?%s', async (query, { app }) => {
    const response = await app.inject({ url: `/v1/batches?${query}` })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toHaveLength(1)
  })
})

describe('PATCH /v1/batches/:id', () => {
  apiTest('200 with the changed fields, and the others as they were', async ({ app }) => {
    const { id } = await createBatch(app, { priority: 3, metadata: { a: 1 } })

    const payload = { concurrency: 5, interruptionCriteria: { maxFailedTasks: 7, stopOn: ['auth'] } }
    const response = await app.inject({ method: 'PATCH', url: `/v1/batches/${id}`, payload })

    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({
      concurrency: 5,
      priority: 3,
      metadata: { a: 1 },
      interruptionCriteria: { maxFailedTasks: 7, stopOn: ['auth'] },
    })
  })

  apiTest('200 with a new retry policy and time limit, also as a merge patch', async ({ app }) => {
    const { id, retry } = await createBatch(app, { retry: { maxAttempts: 3 } })

    const response = await app.inject({
      method: 'PATCH',
      url: `/v1/batches/${id}`,
      headers: { 'content-type': 'application/merge-patch+json; charset=utf-8' },
      payload: JSON.stringify({ retry: { maxAttempts: 7 }, attemptTimeoutMs: 5000 }),
    })

    expect(response.json()).toMatchObject({ retry: { ...retry, maxAttempts: 7 }, attemptTimeoutMs: 5000 })
  })

  apiTest('415 for a merge patch to an operation that makes no change', async ({ app }) => {
    const headers = { 'content-type': 'application/merge-patch+json' }
    for (const [method, url] of [
      ['POST', '/v1/batches'],
      ['PUT', '/v1/queues/mail'],
    ] as const) {
      const response = await app.inject({ method, url, headers, payload: '{}' })

      expect([url, response.statusCode]).toEqual([url, 415])
    }
  })

  apiTest.for<[path: string, payload: object]>([
    ['body/code', { code: 'other' }],
    ['body/retry/minDelayMs', { retry: { minDelayMs: 2, maxDelayMs: 1 } }],
    ['body/attemptTimeoutMs', { attemptTimeoutMs: 0 }],
    ['body/interruptionCriteria/maxErrorRate', { interruptionCriteria: { maxErrorRate: 1.5 } }],
    ['body/interruptionCriteria/stopOn/0', { interruptionCriteria: { stopOn: ['nonsense'] } }],
    ['body/metadata', { metadata: { text: 'x'.repeat(16_384) } }],
  ])('400 naming %s', async ([path, payload], { app }) => {
    const { id } = await createBatch(app)

    const response = await app.inject({ method: 'PATCH', url: `/v1/batches/${id}`, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors?.map((error) => error.path)).toContain(path)
  })
})

describe('POST /v1/batches/:id/seal', () => {
  apiTest('200, also if repeated, and with an empty body announced as JSON', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(1))
    const headers = { 'content-type': 'application/json' }

    const first = await app.inject({ method: 'POST', url: `/v1/batches/${id}/seal`, headers })
    const second = await app.inject({ method: 'POST', url: `/v1/batches/${id}/seal` })

    expect(first.json()).toMatchObject({ sealed: true, state: 'active' })
    expect(second.statusCode).toBe(200)
  })

  apiTest('409 for a cancelled batch', async ({ app }) => {
    const { id } = await createBatch(app)
    await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/seal` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_STATE', state: 'cancelled' })
  })
})

describe('POST /v1/batches/:id/cancel', () => {
  apiTest('200 with all tasks cancelled, also if repeated', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }, { payload: 2 }] })

    const first = await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })
    const second = await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })

    expect(first.json()).toMatchObject({ state: 'cancelled', counts: { cancelled: 2, pending: 0, total: 2 } })
    expect(second.statusCode).toBe(200)
  })

  apiTest('400 for an abort that is not a boolean', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel`, payload: { abort: 'no' } })

    expect(problemOf(response).errors?.map(({ path }) => path)).toEqual(['body/abort'])
    expect((await app.inject({ url: `/v1/batches/${id}` })).json().state).toBe('active')
  })

  apiTest('409 for a completed batch', async ({ app }) => {
    const { id } = await createBatch(app, { sealed: true })

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response).code).toBe('SLUICE_BATCH_STATE')
  })
})

describe('DELETE /v1/batches/:id', () => {
  apiTest('204, and all its data is gone and its code is free', async ({ app }) => {
    const { id } = await createBatch(app, { code: 'mine', tasks: [{ payload: 1 }] })
    await app.inject({ method: 'POST', url: `/v1/batches/${id}/cancel` })

    const response = await app.inject({ method: 'DELETE', url: `/v1/batches/${id}` })

    expect(response.statusCode).toBe(204)
    expect(response.body).toBe('')
    expect((await app.inject({ url: `/v1/batches/${id}` })).statusCode).toBe(404)
    await createBatch(app, { code: 'mine' })
  })

  apiTest('409 for an active batch', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await app.inject({ method: 'DELETE', url: `/v1/batches/${id}` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_STATE', state: 'active' })
    expect((await app.inject({ url: `/v1/batches/${id}` })).statusCode).toBe(200)
  })
})

describe('GET /v1/batches/:id/report', () => {
  apiTest('200 for a batch without attempts', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ url: `/v1/batches/${id}/report` })

    expect(response.json()).toMatchObject({ id, counts: { pending: 1 }, executionMs: { count: 0 }, errors: [] })
  })
})
