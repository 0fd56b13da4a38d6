import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { appendLines, createBatch, listAllTasks, problemOf, taskLines } from '../support/requests.ts'

describe('GET /v1/batches/:id/tasks', () => {
  apiTest('200 in order of seq, page by page', async ({ app }) => {
    const { id } = await createBatch(app)
    await appendLines(app, id, taskLines(300))

    const seqs = (await listAllTasks(app, id, 120)).map(({ seq }) => seq)

    expect(seqs).toEqual(Array.from({ length: 300 }, (_, i) => i))
  })

  apiTest('200 with only the tasks in the requested state', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const pending = await app.inject({ url: `/v1/batches/${id}/tasks?state=pending` })
    const failed = await app.inject({ url: `/v1/batches/${id}/tasks?state=failed&failureClass=timeout` })

    expect(pending.json().tasks).toHaveLength(1)
    expect(failed.json()).toEqual({ tasks: [], nextCursor: null })
  })

  apiTest.for(['state=done', 'failureClass=bad', 'pageSize=1001', 'cursor=', 'offset=3'])(
    '400 for ?%s',
    async (query, { app }) => {
      const { id } = await createBatch(app)

      const response = await app.inject({ url: `/v1/batches/${id}/tasks?${query}` })

      expect(response.statusCode).toBe(400)
      expect(problemOf(response).errors).toHaveLength(1)
    },
  )
})

describe('GET /v1/batches/:id/tasks/:seq', () => {
  apiTest('200 with every field', async ({ app }) => {
    const { id } = await createBatch(app, { type: 'mail' })
    await appendLines(app, id, ['{"payload":[1,null,{"a":"é"}],"key":"k","maxAttempts":2,"weights":{"tokens":3}}'])

    const response = await app.inject({ url: `/v1/batches/${id}/tasks/0` })

    expect(response.json()).toEqual({
      seq: 0,
      key: 'k',
      type: 'mail',
      state: 'pending',
      attempts: 0,
      maxAttempts: 2,
      payload: [1, null, { a: 'é' }],
      weights: { tokens: 3 },
      appendedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      dueAt: null,
      startedAt: null,
      finishedAt: null,
      durationMs: null,
      result: null,
      error: null,
    })
  })

  apiTest('404 beyond the last task', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ url: `/v1/batches/${id}/tasks/1` })

    expect(response.statusCode).toBe(404)
    expect(problemOf(response).code).toBe('SLUICE_TASK_NOT_FOUND')
  })

  apiTest.for(['-1', '1.5', 'first'])('400 for the seq %s', async (seq, { app }) => {
    const response = await app.inject({ url: `/v1/batches/any/tasks/${seq}` })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'path/seq' }])
  })
})

describe('POST /v1/batches/:id/retry', () => {
  apiTest('409 if the queue of the completed batch was deleted', async ({ app }) => {
    await app.inject({ method: 'PUT', url: '/v1/queues/mail', payload: {} })
    const { id } = await createBatch(app, { queue: 'mail', tasks: [], sealed: true })
    await app.inject({ method: 'DELETE', url: '/v1/queues/mail' })

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/retry` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_QUEUE_MISSING', queue: 'mail' })
  })

  apiTest('409 if no task has failed', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/retry` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response).code).toBe('SLUICE_NOTHING_TO_RETRY')
  })

  apiTest('409 that names the group, if no failed task has an error of it', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })
    const group = { failureClass: 'server', status: 503, message: 'row # is locked' }

    for (const dryRun of [true, false]) {
      const payload = { group, dryRun }
      const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/retry`, payload })

      expect(response.statusCode).toBe(409)
      expect(problemOf(response)).toMatchObject({
        code: 'SLUICE_NOTHING_TO_RETRY',
        detail: expect.stringContaining('in the group "server 503: row # is locked"'),
      })
    }
  })

  apiTest('400 for a group without its status', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })
    const payload = { group: { failureClass: 'server', message: 'row # is locked' } }

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/retry`, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'body/group/status' }])
  })
})
