import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { checkBatch } from '../../src/batch/check-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import { sealBatch } from '../../src/batch/seal-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import type { BatchTransition } from '../../src/model/transition.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/** Returns the same engine, as that of a process which collects the transitions that it made. */
function collecting(engine: Engine, seen: BatchTransition[] = []): { engine: Engine; seen: BatchTransition[] } {
  return { engine: { ...engine, onTransition: (transition) => void seen.push(transition) }, seen }
}

const namesOf = (seen: readonly BatchTransition[]) => seen.map(({ transition }) => transition)

describe('a transition of a batch', () => {
  engineTest('is reported once, by the process that made it', async ({ openEngine }) => {
    const [api, worker] = [collecting(openEngine()), collecting(openEngine())]
    const criteria = { maxFailedTasks: 1 }
    const id = await newBatch(api.engine, { tasks: 2, code: 'orders-7', interruptionCriteria: criteria })
    const known = { batchId: id, code: 'orders-7', queue: 'default' }

    const ticket = new TicketDriver(worker.engine, id)
    await ticket.lease(1)
    await ticket.lease(1, [failed(0)])
    await ticket.repeat()
    await resumeBatch(api.engine, id)
    const resumed = new TicketDriver(worker.engine, id, { run: '1.2' })
    await resumed.lease(1)
    await resumed.lease(1, [completed(1)])
    await retryTasks(api.engine, id)
    await interruptBatch(api.engine, id, { reason: 'budget', message: 'Enough for today.' })
    await cancelBatch(api.engine, id)
    await deleteBatch(api.engine, id)

    const message = '1 tasks failed; maxFailedTasks is 1.'
    expect(worker.seen).toEqual([
      { ...known, transition: 'interrupted', reason: 'failed_tasks_exceeded', message, value: 1, threshold: 1 },
      { ...known, transition: 'completed' },
    ])
    expect(api.seen).toEqual([
      { ...known, transition: 'resumed' },
      { ...known, transition: 'retried' },
      { ...known, transition: 'interrupted', reason: 'budget', message: 'Enough for today.' },
      { ...known, transition: 'cancelled' },
      { ...known, transition: 'deleted' },
    ])
  })

  engineTest('is reported by one of the processes whose calls race for it', async ({ engine, openRivals }) => {
    const seen: BatchTransition[] = []
    const rivals = (await openRivals(5)).map((rival) => collecting(rival, seen).engine)
    const race = (act: (rival: Engine) => Promise<unknown>) => Promise.allSettled(rivals.map(act))
    const id = await newBatch(engine, { tasks: 3 })
    const empty = await newBatch(engine)

    await race((rival) => interruptBatch(rival, id))
    await race((rival) => resumeBatch(rival, id))
    await race((rival) => cancelBatch(rival, id))
    await race((rival) => deleteBatch(rival, id))
    await race((rival) => sealBatch(rival, empty))

    expect(namesOf(seen)).toEqual(['interrupted', 'resumed', 'cancelled', 'deleted', 'completed'])
  })

  engineTest('is reported twice if a resumption leaves nothing to run', async ({ engine: any }) => {
    const { engine, seen } = collecting(any)
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await interruptBatch(engine, id)
    await ticket.lease(1, [completed(0)])

    await resumeBatch(engine, id)

    expect(namesOf(seen)).toEqual(['interrupted', 'resumed', 'completed'])
  })

  engineTest('is reported by the reconciler: expiry, deadline and retention', async ({ openEngine }) => {
    const client = openEngine()
    const { engine, seen } = collecting(openEngine({ unsealedExpiryMs: -1, retentionMs: 0 }))
    const unsealed = await newBatch(client)
    const late = await newBatch(client, { tasks: 2, interruptionCriteria: { maxBatchRuntimeMs: 1 } })
    await new TicketDriver(client, late).lease(1)

    await expect.poll(() => checkBatch(engine, late)).toBe(true)
    await reconcile(engine)
    // A pass deletes what had finished by its beginning, in whole ms.
    await reconcile(engine)

    expect(seen).toMatchObject([
      { batchId: late, transition: 'interrupted', reason: 'batch_runtime_exceeded', threshold: 1 },
      { batchId: unsealed, transition: 'completed' },
      { batchId: unsealed, transition: 'deleted' },
    ])
  })
})
