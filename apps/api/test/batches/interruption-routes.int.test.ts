import { describe, expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { createBatch, problemOf } from '../support/requests.ts'

describe('interrupting and resuming', () => {
  apiTest('200 with the reason, then active again, and the interruption stays listed', async ({ app }) => {
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

  apiTest('409 if the state of the batch does not allow it', async ({ app }) => {
    const { id } = await createBatch(app)

    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/resume` })

    expect(response.statusCode).toBe(409)
    expect(problemOf(response)).toMatchObject({ code: 'SLUICE_BATCH_STATE', state: 'active' })
  })

  apiTest('400 for a reason that is not a single word', async ({ app }) => {
    const { id } = await createBatch(app)

    const payload = { reason: 'Too Expensive' }
    const response = await app.inject({ method: 'POST', url: `/v1/batches/${id}/interrupt`, payload })

    expect(response.statusCode).toBe(400)
    expect(problemOf(response).errors).toMatchObject([{ path: 'body/reason' }])
  })
})
