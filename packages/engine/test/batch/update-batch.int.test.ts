import { describe, expect } from 'vitest'
import { createBatch } from '../../src/batch/create-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { readRunSettings } from '../../src/batch/read-run-settings.ts'
import { updateBatch } from '../../src/batch/update-batch.ts'
import { range } from '../../src/range.ts'
import { updateBatchScript } from '../../src/scripts/update-batch.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { failed, retry } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

const POLICY = { maxAttempts: 3, minDelayMs: 1000, maxDelayMs: 60_000, maxPostponedMs: 86_400_000 }

describe('a new retry policy of a batch', () => {
  engineTest('changes member by member, and adjusts the bound that it contradicts', async ({ engine }) => {
    const { batch } = await createBatch(engine, { retry: POLICY })

    await updateBatch(engine, batch.id, { retry: { maxAttempts: 9 } })
    expect((await readBatch(engine, batch.id)).retry).toEqual({ ...POLICY, maxAttempts: 9 })

    await updateBatch(engine, batch.id, { retry: { maxDelayMs: 10 }, attemptTimeoutMs: 77 })
    expect(await readBatch(engine, batch.id)).toMatchObject({
      retry: { ...POLICY, maxAttempts: 9, minDelayMs: 10, maxDelayMs: 10 },
      attemptTimeoutMs: 77,
    })
  })

  engineTest('reaches workers with the version that their next turn names', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2, concurrency: 1, retry: POLICY })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)

    await updateBatch(engine, id, { retry: { maxAttempts: 1 }, attemptTimeoutMs: 5 })
    await ticket.release([retry(0, { delayMs: 0 })])
    const reply = await ticket.lease(1)

    const settings = await readRunSettings(engine, id)
    expect(reply).toMatchObject({ kind: 'run', version: settings?.version })
    expect(settings).toMatchObject({ retry: { maxAttempts: 1 }, attemptTimeoutMs: 5 })
  })

  engineTest('keeps its bounds in order when many clients change it at once', async ({ engine }) => {
    const { batch } = await createBatch(engine, { retry: POLICY })

    await Promise.all(
      range(40).map((i) =>
        updateBatch(engine, batch.id, { retry: i % 2 === 0 ? { minDelayMs: 1000 + i } : { maxDelayMs: 500 + i } }),
      ),
    )

    const { minDelayMs, maxDelayMs } = (await readBatch(engine, batch.id)).retry
    expect(minDelayMs).toBeLessThanOrEqual(maxDelayMs)
  })

  engineTest('is made from what the batch has when it is stored, not from what was read before', async ({ engine }) => {
    const { batch } = await createBatch(engine, { retry: POLICY })
    const before = await readRunSettings(engine, batch.id)
    await updateBatch(engine, batch.id, { retry: { maxAttempts: 7 } })

    const reply = await updateBatchScript.run(engine.redis, engine.keys.batch(batch.id), {
      states: ['active'],
      ifVersion: before?.version,
      settings: { max_attempts: 3 },
      criteria: {},
    })

    expect(reply).toEqual({ kind: 'changed' })
    expect((await readBatch(engine, batch.id)).retry.maxAttempts).toBe(7)
  })

  engineTest('is refused for a finished batch', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.release([failed(0)])

    await expect(updateBatch(engine, id, { retry: { maxAttempts: 9 } })).rejects.toMatchObject({
      code: 'SLUICE_BATCH_STATE',
    })
  })
})
