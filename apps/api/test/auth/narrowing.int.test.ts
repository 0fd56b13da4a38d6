import { type Operation, operations } from '@sluice/contracts'
import { createBatch, createDetection, putQueue } from '@sluice/engine'
import type { InjectOptions } from 'fastify'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'
import { problemOf } from '../support/requests.ts'

const table = Object.values(operations) as Operation[]

/** Operations that name a batch, a queue or a detection in their path. */
const isOf = (path: string) => (operation: Operation) => operation.path.startsWith(path)

/** Operations on nothing that belongs to a queue, or on lists: each is tested by name. */
const OTHERS = [
  'createBatch',
  'listBatches',
  'searchTasks',
  'listQueues',
  'createDetection',
  'listDetections',
  'listLimits',
  'readLimit',
  'putLimit',
  'changeLimit',
  'deleteLimit',
  'listTenants',
  'readTenant',
  'putTenant',
  'createApiKey',
  'listApiKeys',
  'readApiKey',
  'changeApiKey',
  'rerollApiKey',
  'deleteApiKey',
  'listSessions',
  'endSession',
  'listAudit',
  'exportAudit',
  'listWorkers',
  'startBulk',
  'listBulk',
  'readBulk',
  'cancelBulk',
  'watchEvents',
  'readSystem',
  'readSession',
  'createSession',
  'startSignIn',
  'finishSignIn',
  'deleteSession',
  'checkAlive',
  'checkReady',
  'readVersion',
  'readMetrics',
  'readOpenapi',
]

/** What each operation needs to be valid. */
const BODIES: Record<string, object> = {
  updateBatch: { priority: 1 },
  appendTasks: [{ payload: 1 }],
  putQueue: {},
  changeQueue: { paused: true },
}

function requestOf({ id, method, path }: Operation, name: string): InjectOptions {
  const url = path.replace(':seq', '0').replace(/:\w+/, name)
  return { method, url, ...(BODIES[id] && { payload: BODIES[id] }) }
}

/** Two queues, each with a batch and a detection, and an operator's key for one of them. */
const narrowTest = authTest.extend('lanes', async ({ engine, keyOf }) => {
  const make = async (queue: string) => {
    await putQueue(engine, queue, {})
    const { batch } = await createBatch(engine, { queue, code: `of-${queue}`, tasks: ['{"payload":1}'] })
    const request = { call: { url: 'https://example.com/' }, queue, budgets: {} }
    const detection = await createDetection(engine, request)
    return { queue, batch: batch.id, code: `code:${batch.code}`, detection: detection.id }
  }
  return { own: await make('llm-a'), foreign: await make('mail'), key: await keyOf('operator', { queues: ['llm-*'] }) }
})

describe('an API key that is narrowed to queues', () => {
  narrowTest('covers every operation here', () => {
    const covered = table.filter((operation) =>
      ['/v1/batches/:id', '/v1/queues/:name', '/v1/detections/:id'].some((path) => isOf(path)(operation)),
    )

    expect([...covered.map(({ id }) => id), ...OTHERS].toSorted()).toEqual(Object.keys(operations).toSorted())
  })

  narrowTest('404 for a batch of another queue, exactly as for one that does not exist', async ({ lanes, callAs }) => {
    const { key, foreign } = lanes
    for (const operation of table.filter(isOf('/v1/batches/:id'))) {
      for (const name of [foreign.batch, foreign.code]) {
        const response = await callAs(key, requestOf(operation, name))
        const absent = await callAs(key, requestOf(operation, name.replaceAll(/[a-z0-9]/g, 'z')))

        expect([operation.id, response.statusCode, problemOf(response).code]).toEqual([
          operation.id,
          404,
          'SLUICE_BATCH_NOT_FOUND',
        ])
        expect(problemOf(response).title).toBe(problemOf(absent).title)
        expect(problemOf(response).detail).toBe(`No batch "${name}" exists.`)
      }
    }
  })

  narrowTest('403 for another queue, whether or not it exists', async ({ lanes, callAs }) => {
    for (const operation of table.filter(isOf('/v1/queues/:name'))) {
      for (const name of [lanes.foreign.queue, 'absent', 'default']) {
        const response = await callAs(lanes.key, requestOf(operation, name))

        expect([operation.id, response.statusCode]).toEqual([operation.id, 403])
        expect(problemOf(response)).toMatchObject({ code: 'SLUICE_QUEUE_NOT_GRANTED', queue: name })
      }
    }
  })

  narrowTest('is shown no code of a batch of another queue', async ({ lanes, callAs }) => {
    const detailOf = async (code: string) => problemOf(await callAs(lanes.key, { url: `/v1/batches/${code}` })).detail

    expect(await detailOf('of-mail')).toBe('No batch "of-mail" exists.')
    expect(await detailOf('of-llm-a')).toContain('use "code:of-llm-a"')
  })

  narrowTest('404 for a detection of another queue', async ({ lanes, callAs }) => {
    for (const operation of table.filter(isOf('/v1/detections/:id'))) {
      const response = await callAs(lanes.key, requestOf(operation, lanes.foreign.detection))

      expect([operation.id, response.statusCode]).toEqual([operation.id, 404])
    }
  })

  narrowTest('reaches the batches, queues and detections of its own queues', async ({ lanes, callAs }) => {
    const { key, own } = lanes
    const skipped = new Set(['watchBatch', 'deleteQueue', 'deleteBatch', ...OTHERS])
    for (const operation of table.filter(({ id }) => !skipped.has(id))) {
      const name = operation.path.startsWith('/v1/batches')
        ? own.batch
        : operation.path.startsWith('/v1/queues')
          ? own.queue
          : own.detection
      const response = await callAs(key, requestOf(operation, name))

      const isRefused = [401, 403, 404, 500].includes(response.statusCode)
      expect([operation.id, isRefused, response.statusCode]).toEqual([operation.id, false, response.statusCode])
    }
    expect((await callAs(key, { url: `/v1/batches/${own.code}` })).statusCode).toBe(200)
  })

  narrowTest('lists what belongs to its own queues alone', async ({ lanes, callAs }) => {
    const { key, own } = lanes
    const list = async (url: string) =>
      (await callAs(key, { url })).json<Record<string, { id: string; name: string }[]>>()

    expect((await list('/v1/batches'))['batches']?.map(({ id }) => id)).toEqual([own.batch])
    expect((await list('/v1/queues'))['queues']?.map(({ name }) => name)).toEqual([own.queue])
    expect((await list('/v1/detections'))['detections']?.map(({ id }) => id)).toEqual([own.detection])
    expect((await callAs(key, { url: '/v1/batches?queue=mail' })).statusCode).toBe(403)
    const tasks = (await callAs(key, { url: '/v1/tasks' })).json<{ tasks: { batchId: string }[] }>().tasks
    expect(tasks.map(({ batchId }) => batchId)).toEqual([own.batch])
    expect((await callAs(key, { url: '/v1/tasks?queue=mail' })).statusCode).toBe(403)
  })

  narrowTest('creates batches and detections in its own queues alone', async ({ lanes, callAs }) => {
    const call = { url: 'https://example.com/' }
    const statusOf = async (url: string, payload: object) => {
      const response = await callAs(lanes.key, { method: 'POST', url, payload })
      return [response.statusCode, response.statusCode === 403 && problemOf(response).code]
    }

    expect(await statusOf('/v1/batches', { queue: 'llm-a' })).toEqual([201, false])
    expect(await statusOf('/v1/batches', { queue: 'mail' })).toEqual([403, 'SLUICE_QUEUE_NOT_GRANTED'])
    expect(await statusOf('/v1/batches', {})).toEqual([403, 'SLUICE_QUEUE_NOT_GRANTED'])
    for (const [queue, status] of Object.entries({ 'llm-a': 201, mail: 403 })) {
      const headers = { 'content-type': 'application/x-ndjson' }
      const request = { method: 'POST', url: `/v1/batches?queue=${queue}`, headers, payload: '' } as const
      expect([queue, (await callAs(lanes.key, request)).statusCode]).toEqual([queue, status])
    }
    expect(await statusOf('/v1/detections', { ...call, queue: 'llm-a' })).toEqual([202, false])
    expect(await statusOf('/v1/detections', call)).toEqual([403, 'SLUICE_QUEUE_NOT_GRANTED'])
  })

  narrowTest('403 for what belongs to all queues together, even with role admin', async ({ callAs, keyOf }) => {
    const key = await keyOf('admin', { queues: ['llm-*'] })
    const refused = ['/v1/keys', '/metrics']

    for (const url of refused) expect([url, (await callAs(key, { url })).statusCode]).toEqual([url, 403])
    const limit = { rules: [{ unit: 'requests', max: 1, perMs: 1000 }] }
    expect((await callAs(key, { method: 'PUT', url: '/v1/limits/x', payload: limit })).statusCode).toBe(403)
    expect(
      (await callAs(key, { method: 'POST', url: '/v1/keys', payload: { name: 'x', role: 'admin' } })).statusCode,
    ).toBe(403)
  })

  narrowTest('gets the batch that a code named when it was checked', async ({ engine, lanes, callAs }) => {
    // Between the check and the handler, the code passes to a batch of another queue.
    let passOn: (() => Promise<void>) | undefined = async () => {
      await engine.redis.hset(engine.keys.codes, 'default/of-llm-a', lanes.foreign.batch)
    }
    const original = engine.redis.hmget.bind(engine.redis)
    engine.redis.hmget = (async (key: string, ...fields: string[]) => {
      const values = await original(key, ...fields)
      if (fields.join() === 'tenant,queue') await passOn?.()
      if (fields.join() === 'tenant,queue') passOn = undefined
      return values
    }) as never

    const response = await callAs(lanes.key, { url: `/v1/batches/${lanes.own.code}` })

    expect(response.json()).toMatchObject({ id: lanes.own.batch, queue: 'llm-a' })
  })
})
