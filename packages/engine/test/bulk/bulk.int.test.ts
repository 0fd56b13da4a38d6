import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { cancelBulk } from '../../src/bulk/cancel-bulk.ts'
import { chooseBatches } from '../../src/bulk/choose-batches.ts'
import { readBulk } from '../../src/bulk/read-bulk.ts'
import { runBulk } from '../../src/bulk/run-bulk.ts'
import { startBulk } from '../../src/bulk/start-bulk.ts'
import type { Engine } from '../../src/engine.ts'
import { BulkStateError } from '../../src/errors.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { startMaintenance } from '../../src/maintenance/start-maintenance.ts'
import type { BulkRequest } from '../../src/model/bulk.ts'
import { EVERYTHING } from '../../src/model/reach.ts'
import { newBatch } from '../support/batches.ts'
import { addWorker, engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

type Asked = Pick<BulkRequest, 'action' | 'filter'>

const request = (asked: Asked): BulkRequest => ({ ...asked, reach: EVERYTHING, reason: null, createdBy: null })

async function start(engine: Engine, asked: Asked): Promise<string> {
  return (await startBulk(engine, request(asked))).id
}

const stateOf = async (engine: Engine, id: string) => (await readBatch(engine, id)).state

describe('a bulk operation', () => {
  engineTest('acts on the batches that matched when it started, and on no later ones', async ({ engine }) => {
    const early = [await newBatch(engine, { tasks: 2 }), await newBatch(engine, { tasks: 3 })]
    const bulk = await start(engine, { action: 'interrupt', filter: { state: 'active' } })
    const late = await newBatch(engine, { tasks: 1 })

    await runBulk(engine, bulk)

    expect(await Promise.all([...early, late].map((id) => stateOf(engine, id)))).toEqual([
      'interrupted',
      'interrupted',
      'active',
    ])
    expect(await readBulk(engine, bulk)).toMatchObject({ state: 'completed', total: 2, done: 2, skipped: 0, tasks: 5 })
    await expect(cancelBulk(engine, bulk)).rejects.toThrow(BulkStateError)
  })

  engineTest('resumes, retries, cancels and deletes', async ({ engine }) => {
    const id = await newBatch(engine, { code: 'job-1', tasks: 2, concurrency: 1 })
    const act = async (asked: Asked) => {
      const bulk = await start(engine, asked)
      await runBulk(engine, bulk)
      return await readBulk(engine, bulk)
    }
    await runToEnd(new TicketDriver(engine, id), 2, ({ seq }) => failed(seq))
    const filter = { codePrefix: 'job-' }

    expect(await act({ action: 'retry', filter })).toMatchObject({ done: 1, tasks: 2 })
    expect(await act({ action: 'interrupt', filter })).toMatchObject({ done: 1, tasks: 2 })
    expect(await act({ action: 'resume', filter })).toMatchObject({ done: 1, tasks: 2 })
    expect(await act({ action: 'cancel', filter })).toMatchObject({ done: 1, tasks: 2 })
    expect(await act({ action: 'delete', filter })).toMatchObject({ done: 1, tasks: 2 })
    expect(await act({ action: 'delete', filter })).toMatchObject({ total: 0, state: 'completed' })
  })

  engineTest('acts only on batches with the outcome that its filter names', async ({ engine }) => {
    const ended = async (settle: typeof completed | typeof failed) => {
      const id = await newBatch(engine, { tasks: 1, concurrency: 1 })
      await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => settle(seq))
      return id
    }
    const [succeeded, failing] = [await ended(completed), await ended(failed)]

    const { ids } = await chooseBatches(engine, request({ action: 'delete', filter: { outcome: 'failed' } }))
    const named = request({ action: 'delete', filter: { outcome: 'succeeded', ids: [succeeded, failing] } })

    expect(ids).toEqual([failing])
    expect((await chooseBatches(engine, named)).ids).toEqual([succeeded])
  })

  engineTest('skips a batch that was changed or deleted meanwhile, and says why', async ({ engine }) => {
    const [kept, changed, deleted] = [
      await newBatch(engine, { tasks: 1 }),
      await newBatch(engine, { tasks: 1 }),
      await newBatch(engine, { tasks: 1 }),
    ]
    const bulk = await start(engine, { action: 'interrupt', filter: { state: 'active' } })
    await cancelBatch(engine, changed)
    await cancelBatch(engine, deleted)
    await deleteBatch(engine, deleted)

    await runBulk(engine, bulk)

    const { skips, ...counts } = await readBulk(engine, bulk)
    expect(counts).toMatchObject({ state: 'completed', total: 3, done: 1, skipped: 2, tasks: 1 })
    expect(Object.fromEntries(skips.map(({ batchId, code }) => [batchId, code]))).toEqual({
      [changed]: 'SLUICE_BATCH_STATE',
      [deleted]: 'SLUICE_BATCH_NOT_FOUND',
    })
    expect(await stateOf(engine, kept)).toBe('interrupted')
  })

  engineTest('counts a batch once when its worker died before it recorded the step', async ({ engine }) => {
    await newBatch(engine, { tasks: 1 })
    await newBatch(engine, { tasks: 1 })
    const bulk = await start(engine, { action: 'interrupt', filter: { state: 'active' } })
    let isDead = false
    const before = (command: string, args: readonly unknown[]) => {
      if (isDead || (command === 'evalsha' && String(args[2]).includes('bulk'))) {
        isDead = true
        throw new Error('the worker died')
      }
    }
    const dying = { ...engine, redis: watchRedis(engine.redis, { before }) }
    await expect(runBulk(dying, bulk)).rejects.toThrow('the worker died')

    await runBulk(engine, bulk)

    expect(await readBulk(engine, bulk)).toMatchObject({ state: 'completed', total: 2, done: 2, skipped: 0 })
  })

  engineTest('reaches each batch once although two workers run it', async ({ engine, openRivals }) => {
    for (let i = 0; i < 10; i += 1) await newBatch(engine, { tasks: 1 })
    const bulk = await start(engine, { action: 'cancel', filter: { state: 'active' } })

    await Promise.all((await openRivals(2)).map((rival) => runBulk(rival, bulk)))

    expect(await readBulk(engine, bulk)).toMatchObject({ state: 'completed', total: 10, done: 10, skipped: 0 })
  })

  engineTest('leaves the batches alone that it has not reached when it is cancelled', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const bulk = await start(engine, { action: 'cancel', filter: { ids: [id] } })

    expect(await cancelBulk(engine, bulk)).toMatchObject({ state: 'cancelled', done: 0 })
    await runBulk(engine, bulk)

    expect(await stateOf(engine, id)).toBe('active')
  })

  engineTest(
    'is carried out by a worker, also if the API died before it had added the job',
    { timeout: 30_000 },
    async ({ engine, openEngine, onTestFinished }) => {
      const id = await newBatch(engine, { tasks: 1 })
      const dead = { ...engine, maintenanceQueue: { open: () => ({ add: () => Promise.reject(new Error('died')) }) } }
      const asked = { action: 'interrupt', filter: { ids: [id] } } as const
      await expect(start(dead as unknown as Engine, asked)).rejects.toThrow('died')
      const [bulk = ''] = await engine.redis.zrange(engine.keys.bulks, '0', '-1')
      await reconcile(engine)

      const workerId = await addWorker(engine)
      const maintenance = await startMaintenance(openEngine(), { workerId, onRepaired: () => {}, onError: () => {} })
      onTestFinished(() => maintenance.close())

      await expect.poll(async () => (await readBulk(engine, bulk)).state, { timeout: 20_000 }).toBe('completed')
      expect(await stateOf(engine, id)).toBe('interrupted')
    },
  )
})
