import type { SystemView, WorkerList } from '@sluice/contracts'
import { closeEngine, connectRedis, createEngine, putQueue, startHeartbeat } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { authTest } from '../support/auth-test.ts'

/** A worker that beats. */
const beatingTest = authTest.extend('worker', async ({ redisUrl, prefix, onTestFinished }) => {
  const redis = connectRedis(redisUrl)
  const engine = createEngine({ redis, prefix })
  const heartbeat = await startHeartbeat(engine, {
    worker: 'w',
    offer: { queues: ['mail', 'llm'], types: ['http'] },
    version: '1.2.3',
    concurrency: 9,
    load: () => ({ running: 3, tickets: { mail: 1, llm: 2 } }),
    onRecovered: () => {},
    onError: () => {},
  })
  onTestFinished(async () => {
    await heartbeat.stop()
    await closeEngine(engine)
    redis.disconnect()
  })
  return { id: 'w', stop: () => heartbeat.stop() }
})

describe('the list of workers', () => {
  beatingTest('200 with what each worker runs, as it beats', async ({ worker, callAs, keyOf }) => {
    const { workers } = (await callAs(await keyOf('viewer'), { url: '/v1/workers' })).json<WorkerList>()

    expect(workers).toMatchObject([
      {
        id: worker.id,
        host: expect.any(String),
        pid: process.pid,
        version: '1.2.3',
        queues: ['llm', 'mail'],
        types: ['http'],
        concurrency: 9,
        running: 3,
        load: [
          { queue: 'llm', tickets: 2 },
          { queue: 'mail', tickets: 1 },
        ],
      },
    ])
    await worker.stop()
    expect((await callAs(await keyOf('viewer'), { url: '/v1/workers' })).json()).toEqual({ workers: [] })
  })

  beatingTest('200 without hosts and other queues for a narrowed API key', async ({ worker, callAs, keyOf }) => {
    const narrowed = await keyOf('admin', { queues: ['mail'] })
    const foreign = await keyOf('admin', { queues: ['fax'] })

    const { workers } = (await callAs(narrowed, { url: '/v1/workers' })).json<WorkerList>()

    expect(workers).toMatchObject([
      { id: worker.id, host: null, pid: null, running: null, queues: ['mail'], load: [{ queue: 'mail', tickets: 1 }] },
    ])
    expect((await callAs(foreign, { url: '/v1/workers' })).json()).toEqual({ workers: [] })
  })
})

describe('the state of the installation', () => {
  authTest('200 with the process, Redis and what there is', async ({ engine, callAs, keyOf }) => {
    await putQueue(engine, 'mail', {})

    const system = (await callAs(await keyOf('viewer'), { url: '/v1/system' })).json<SystemView>()

    expect(system).toMatchObject({
      process: { node: process.versions.node, gate: { state: 'open', held: 0, sheddingForMs: 0 }, eventStreams: 0 },
      batches: { active: 0, interrupted: 0, completed: 0, cancelled: 0 },
      queues: 2,
      workers: 0,
      maintenanceAgeMs: null,
    })
    expect(system.redis.nodes.length).toBeGreaterThan(0)
  })

  authTest('403 for a narrowed API key, because it concerns all queues', async ({ callAs, keyOf }) => {
    const narrowed = await keyOf('admin', { queues: ['mail'] })

    expect((await callAs(narrowed, { url: '/v1/system' })).statusCode).toBe(403)
  })
})
