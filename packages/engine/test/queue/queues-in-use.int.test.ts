import { expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { listQueuesInUse } from '../../src/queue/list-queues-in-use.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest as test } from '../support/engine-test.ts'

test('lists each queue in use once, also names that begin alike', async ({ engine }) => {
  const names = ['a', 'a-b', 'a.b', 'a0', 'ab', 'b']
  for (const queue of [...names, 'unused']) await putQueue(engine, queue, {})
  for (const queue of [...names, 'a', 'ab']) await newBatch(engine, { tasks: 1, queue })

  expect(await listQueuesInUse(engine)).toEqual(names.toSorted())
})

test('a queue is no longer in use once its last batch has ended', async ({ engine }) => {
  await putQueue(engine, 'brief', {})
  const id = await newBatch(engine, { tasks: 1, queue: 'brief' })

  await cancelBatch(engine, id)

  expect(await listQueuesInUse(engine)).toEqual([])
})

test('workers are told of the first batch of a queue, and not of the others', async ({ engine, onTestFinished }) => {
  const received: Signal[] = []
  onTestFinished(await receiveSignals(engine, (signal) => received.push(signal)))
  await putQueue(engine, 'busy', {})

  await newBatch(engine, { tasks: 1, queue: 'busy' })
  await newBatch(engine, { tasks: 1, queue: 'busy' })
  await newBatch(engine, { tasks: 1 })

  await expect.poll(() => received.filter(({ kind }) => kind === 'use').length).toBe(2)
  expect(received).toContainEqual({ kind: 'use', queue: 'busy' })
  expect(received).toContainEqual({ kind: 'use', queue: 'default' })
})
