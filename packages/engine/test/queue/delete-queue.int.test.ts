import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { holdBatch } from '../../src/batch/hold-batch.ts'
import { indexBatch } from '../../src/batch/index-batch.ts'
import { QueueInUseError, QueuePermanentError } from '../../src/errors.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { readQueue } from '../../src/queue/read-queue.ts'
import { listQueueNames } from '../../src/settings/queue-settings.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

describe('deleting a queue', () => {
  engineTest('leaves no key of the queue', async ({ engine, redis, prefix }) => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    const id = await newBatch(engine, { queue: 'mail', tasks: 5 })
    await cancelBatch(engine, id)

    await deleteQueue(engine, 'mail')

    expect(await findKeys(redis, `*${prefix}*mail*`)).toEqual([])
    expect(await listQueueNames(engine)).toEqual(['default'])
  })

  engineTest(
    'is refused while an unfinished batch uses the queue, and the error names the batch',
    async ({ engine }) => {
      await putQueue(engine, 'mail', {})
      const id = await newBatch(engine, { queue: 'mail', tasks: 1 })

      const deleting = deleteQueue(engine, 'mail')

      await expect(deleting).rejects.toThrow(QueueInUseError)
      await expect(deleting).rejects.toMatchObject({ details: { batchId: id } })
      expect((await readQueue(engine, 'mail')).tickets.waiting).toBe(1)
    },
  )

  engineTest('is refused until the last tasks of a cancelled batch have ended', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const id = await newBatch(engine, { queue: 'mail', tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await cancelBatch(engine, id)

    await expect(deleteQueue(engine, 'mail')).rejects.toMatchObject({ details: { batchId: id } })
    await ticket.release()

    await deleteQueue(engine, 'mail')
  })

  engineTest('is refused while a retry of a completed batch is announced', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const id = await newBatch(engine, { queue: 'mail', tasks: 0, sealed: true })
    const held = await holdBatch(engine, id, 'reopening')

    await expect(deleteQueue(engine, 'mail')).rejects.toThrow(QueueInUseError)
    await indexBatch(engine, id, { release: held.kind === 'held' ? held.hold : '' })

    await deleteQueue(engine, 'mail')
  })

  engineTest('is refused for the queue default', async ({ engine }) => {
    await expect(deleteQueue(engine, 'default')).rejects.toThrow(QueuePermanentError)
  })
})
