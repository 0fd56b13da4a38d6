import { deleteQueue, putQueue, readBatch, readQueue } from '@sluice/engine'
import { describe, expect } from 'vitest'
import { ownServerTest, submit, until, untilFinished, workerTest } from './support/worker-test.ts'

describe('a worker', () => {
  ownServerTest('needs no connection for a queue without batches', async ({ ownEngine, server, startWorker }) => {
    const countConnections = async () =>
      Number(/^connected_clients:(\d+)/m.exec(await ownEngine.redis.info('clients'))?.[1])
    await startWorker({ handlers: { work: () => 'done' } }, server.url)
    const before = await countConnections()

    for (let i = 0; i < 20; i += 1) await putQueue(ownEngine, `queue-${i}`, {})
    await untilFinished(ownEngine, await submit(ownEngine, { count: 1, queue: 'queue-7' }))

    // The queue with a batch takes one, and the engine that submits opens none.
    expect(await countConnections()).toBe(before + 1)
  })

  workerTest('serves the queues in its options and no others', async ({ engine, startWorker }) => {
    await putQueue(engine, 'mine', {})
    await putQueue(engine, 'other', {})
    await startWorker({ handlers: { work: () => 'done' }, queues: ['mine'] })
    const other = await submit(engine, { count: 1, queue: 'other' })

    await untilFinished(engine, await submit(engine, { count: 1, queue: 'mine' }))

    expect((await readBatch(engine, other)).counts).toMatchObject({ pending: 1 })
  })

  workerTest('that serves all queues serves a new one at once', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work: () => 'done' } })

    await putQueue(engine, 'new', {})
    const id = await submit(engine, { count: 10, queue: 'new' })

    // Less than the five seconds after which the worker looks for new queues.
    expect((await untilFinished(engine, id, 4000)).counts).toMatchObject({ completed: 10 })
  })

  workerTest(
    'leaves a deleted queue, and serves it again once it is created again',
    async ({ engine, startWorker }) => {
      await putQueue(engine, 'brief', {})
      await startWorker({ handlers: { work: () => 'done' } })
      await untilFinished(engine, await submit(engine, { count: 10, queue: 'brief' }))

      await until(async () => (await readQueue(engine, 'brief')).activeBatches === 0)
      await deleteQueue(engine, 'brief')
      await putQueue(engine, 'brief', { concurrency: 3 })
      const id = await submit(engine, { count: 10, queue: 'brief' })

      expect((await untilFinished(engine, id, 8000)).counts).toMatchObject({ completed: 10 })
      expect(await readQueue(engine, 'brief')).toMatchObject({ concurrency: 3 })
    },
  )
})
