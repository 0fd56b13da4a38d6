import { WaitingKind } from '@sluice/contracts'
import { putQueue, type Engine } from '@sluice/engine'
import { expect } from 'vitest'
import { waitingView } from '../../src/batches/waiting-view.ts'
import { apiTest } from '../support/api-test.ts'
import { createBatch } from '../support/requests.ts'

/** Enters a worker with handlers of these types, as its first beat does. It lives as long as the test. */
async function addWorker({ redis, keys }: Engine, types: string[]): Promise<void> {
  await redis.hset(keys.workers.offers, 'w', JSON.stringify({ queues: 'all', types }))
  await redis.zadd(keys.workers.alive, Date.now() + 3_600_000, 'w')
}

apiTest('200 waitingFor says that no worker serves the queue of a batch', async ({ app }) => {
  const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })

  const { waitingFor } = (await app.inject({ url: `/v1/batches/${id}` })).json()

  expect(waitingFor).toEqual([
    {
      kind: 'no_worker',
      message:
        'No worker serves queue "default". Start one, and check its SLUICE_QUEUES, SLUICE_REDIS_URL and SLUICE_KEY_PREFIX.',
    },
  ])
})

apiTest('200 waitingFor names a misspelt type, and that the queue is paused', async ({ app, engine }) => {
  await addWorker(engine, ['http'])
  await putQueue(engine, 'calls', { paused: true })
  const { id } = await createBatch(app, { queue: 'calls', tasks: [{ type: 'htpp', payload: 1 }] })

  const single = (await app.inject({ url: `/v1/batches/${id}` })).json()
  const listed = (await app.inject({ url: '/v1/batches' })).json()

  expect(single.waitingFor).toEqual([
    { kind: 'queue_paused', message: 'Queue "calls" is paused. Resume it with POST /v1/queues/calls/resume.' },
    {
      kind: 'no_handler',
      message:
        'No worker of queue "calls" has a handler for the task type "htpp". Start one that has, or cancel the batch.',
      types: ['htpp'],
    },
  ])
  expect(listed.batches[0].waitingFor).toEqual(single.waitingFor)
})

apiTest('200 waitingFor is empty for a batch that is not active', async ({ app }) => {
  const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })
  await app.inject({ method: 'POST', url: `/v1/batches/${id}/interrupt` })

  expect((await app.inject({ url: `/v1/batches/${id}` })).json()).toMatchObject({ waitingFor: [] })
})

apiTest('400 a type with a control character, which no worker could announce', async ({ app }) => {
  const tasks = [{ type: 'a\nhttp', payload: 1 }]

  const response = await app.inject({ method: 'POST', url: '/v1/batches', payload: { tasks } })

  expect(response.statusCode).toBe(400)
  expect(response.json()).toMatchObject({ code: 'SLUICE_REQUEST_INVALID', errors: [{ path: 'body/tasks/0/type' }] })
})

apiTest('400 tasks of more than 100 types', async ({ app }) => {
  const tasks = Array.from({ length: 101 }, (_, i) => ({ type: `t${i}`, payload: 1 }))

  const response = await app.inject({ method: 'POST', url: '/v1/batches', payload: { tasks } })

  expect(response.statusCode).toBe(400)
  expect(response.json()).toMatchObject({ code: 'SLUICE_TOO_MANY_TYPES', maxTypes: 100 })
})

apiTest('200 each kind of waitingFor has a sentence', () => {
  const until = new Date('2026-01-01T12:00:00Z')

  for (const kind of WaitingKind.enum) {
    const waiting = { kind, types: ['a', 'b'], until }
    const [view] = waitingView({ queue: 'calls', waitingFor: [waiting] })
    expect(view).toMatchObject({ kind, message: expect.stringMatching(/^[A-Z].+\.$/) })
  }
})
