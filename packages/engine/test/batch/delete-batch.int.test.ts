import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { eraseBatch } from '../../src/batch/erase-batch.ts'
import { listBatches } from '../../src/batch/list-batches.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { readReport } from '../../src/batch/read-report.ts'
import type { Engine } from '../../src/engine.ts'
import { BatchNotFoundError, BatchStateError } from '../../src/errors.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { listTasks } from '../../src/task/list-tasks.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { DeadProcessError, dyingEngine } from '../support/dying-engine.ts'
import { engineTest, expectNoTrace, removeKeys } from '../support/engine-test.ts'
import { raceAtEveryMoment } from '../support/every-moment.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { reconcileLater } from '../support/reconcile-later.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

const TWO_MINUTES_MS = 120_000

/** Creates a completed batch that has a key of every kind. */
async function finishedBatch(engine: Engine): Promise<string> {
  const id = await newBatch(engine, { tasks: 300, concurrency: 1, code: 'c' })
  const first = new TicketDriver(engine, id)
  await first.lease(3)
  await first.release([retry(0, { delayMs: 0 }), postponed(1, { delayMs: 0 }), failed(2)])
  await runToEnd(new TicketDriver(engine, id, { run: '1.2' }), 128, ({ seq }) => completed(seq))
  return id
}

describe('deleting a batch', () => {
  engineTest('leaves no key and no index entry, and frees the code', async ({ engine, redis, prefix }) => {
    const id = await finishedBatch(engine)

    await deleteBatch(engine, id)

    await expectNoTrace(redis, prefix, id)
    expect(await newBatch(engine, { code: 'c' })).not.toBe(id)
  })

  engineTest(
    'does not free the code of a successor if two processes erase the batch',
    async ({ engine, openEngine, redis, prefix }) => {
      const rival = openEngine()
      let successor = ''

      await raceAtEveryMoment<string>(engine, {
        prepare: async () => {
          const id = await newBatch(rival, { tasks: [], sealed: true, code: 'c' })
          await redis.hset(rival.keys.batch(id).meta, 'deleting', 1)
          return id
        },
        slow: (process, id) => eraseBatch(process, id),
        meanwhile: async (id) => {
          await eraseBatch(rival, id)
          successor = await newBatch(rival, { code: 'c' })
        },
        check: async (id, { meanwhile, moment }) => {
          expect(meanwhile.kind, `at command ${moment}`).toBe('done')
          expect(await redis.hgetall(rival.keys.codes), `at command ${moment}`).toEqual({ 'default/c': successor })
          await expectNoTrace(redis, prefix, id, moment)
          await removeKeys(redis, prefix)
        },
      })
    },
  )

  engineTest('does not affect other batches', async ({ engine }) => {
    const kept = await newBatch(engine, { tasks: 3 })
    const id = await finishedBatch(engine)

    await deleteBatch(engine, id)

    expect((await listBatches(engine, { pageSize: 9 })).batches.map((batch) => batch.id)).toEqual([kept])
    expect(await new TicketDriver(engine, kept).lease(1)).toMatchObject({ kind: 'run' })
  })

  engineTest('is refused if the batch is not finished', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })

    await expect(deleteBatch(engine, id)).rejects.toThrow(BatchStateError)
    expect((await readBatch(engine, id)).counts.pending).toBe(3)
  })

  engineTest('is refused until the last running tasks have ended', async ({ engine, redis, prefix }) => {
    const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await cancelBatch(engine, id)

    await expect(deleteBatch(engine, id)).rejects.toThrow('1 of its tasks are still being aborted')
    await ticket.release()
    await deleteBatch(engine, id)
    await expectNoTrace(redis, prefix, id)
  })

  engineTest.for([
    { when: 'once it has returned', commands: Infinity },
    { when: 'once it has started', commands: 3 },
  ])('makes the batch missing for every operation $when', async ({ commands }, { engine }) => {
    const id = await finishedBatch(engine)

    await deleteAndDie(engine, id, commands)

    for (const ask of [
      () => deleteBatch(engine, id),
      () => readBatch(engine, id),
      () => readReport(engine, id),
      () => listTasks(engine, id, { pageSize: 1 }),
      () => cancelBatch(engine, id),
      () => appendTasks(engine, id, [envelopes(1)]),
    ]) {
      await expect(ask()).rejects.toThrow(BatchNotFoundError)
    }
  })

  engineTest(
    'is completed by the reconciler, at whichever command the process dies',
    async ({ engine, redis, prefix }) => {
      for (let commands = 0, isDone = false; !isDone; commands += 1) {
        const id = await finishedBatch(engine)
        isDone = await deleteAndDie(engine, id, commands)
        await reconcile(engine)

        // The first two commands announce the deletion, which the third decides.
        if (commands < 3) {
          expect((await readBatch(engine, id)).counts.total).toBe(300)
          await reconcileLater(engine, TWO_MINUTES_MS)
          expect(await redis.zcard(engine.keys.unsettled)).toBe(0)
          await deleteBatch(engine, id)
        }
        await expectNoTrace(redis, prefix, id)
      }
    },
  )
})

/** Deletes a batch in a process that dies after `commands` commands. Returns whether the deletion completed. */
async function deleteAndDie(engine: Engine, id: string, commands: number): Promise<boolean> {
  try {
    await deleteBatch(dyingEngine(engine, commands), id)
    return true
  } catch (error) {
    if (error instanceof DeadProcessError) return false
    throw error
  }
}
