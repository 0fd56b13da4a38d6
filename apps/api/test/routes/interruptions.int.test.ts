import { describe, expect } from 'vitest'
import { apiTest } from '../harness/api-test.ts'
import { createBatch, problemOf } from '../harness/requests.ts'

describe('PATCH /v1/batches/:id', () => {
  apiTest('200 with what was changed, the rest as it was', async ({ app }) => {
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

  apiTest.for<[path: string, payload: object]>([
    ['body/code', { code: 'other' }],
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

describe('interrupting and resuming', () => {
  apiTest('200 with why, and again when it goes on; the log keeps it', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })
    const post = (action: string, payload?: object) =>
      app.inject({ method: 'POST', url: `/v1/batches/${id}/${action}`, ...(payload && { payload }) })

    const interrupted = await post('interrupt', { message: 'enough for today' })
    const resumed = await post('resume')

    expect(interrupted.json()).toMatchObject({
      state: 'interrupted',
      lastInterruption: { reason: 'manual', message: 'enough for today', counts: { pending: 1 } },
    })
    expect(resumed.json()).toMatchObject({ state: 'active' })
    const log = await app.inject({ url: `/v1/batches/${id}/interruptions` })
    expect(log.json().interruptions).toMatchObject([{ reason: 'manual', value: null }])
  })

  apiTest('409 in a state that does not allow it', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/resume` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_STATE', state: 'active' })
  })

  apiTest('400 for a reason that is no single word', async ({ app }) => {
    const { id } = await createBatch(app)

    const payload = { reason: 'Too Expensive' }
    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/interrupt`, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'body/reason' }])
  })
})

describe('POST /v1/batches/:id/retry', () => {
  apiTest('409 when nothing has failed', async ({ app }) => {
    const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/retry` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response).code).toBe('SLUICE_NOTHING_TO_RETRY')
  })
})
