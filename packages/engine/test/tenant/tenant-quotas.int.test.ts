import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { createBatch } from '../../src/batch/create-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { QuotaReachedError } from '../../src/errors.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import type { TenantQuotas } from '../../src/model/tenant.ts'
import { range } from '../../src/range.ts'
import { listTenants, readTenant } from '../../src/tenant/read-tenant.ts'
import { putTenantQuotas } from '../../src/tenant/tenant-quotas.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { reconcileLater } from '../support/reconcile-later.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'
import type { Engine } from '../../src/engine.ts'

const A_WEEK_MS = 7 * 24 * 3_600_000
const NOTHING = { activeBatches: 0, tasks: 0, bytes: 0 }

async function usageOf(engine: Engine, tenant = 'zebra') {
  return (await readTenant(engine, tenant)).usage
}

/** What an operation was refused with: the name of the quota, what is used, and what is allowed. */
async function refusalOf(operation: Promise<unknown>): Promise<unknown> {
  const error = await operation.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof QuotaReachedError ? error.details : error
}

describe('the usage of a tenant', () => {
  engineTest('counts batches, tasks and bytes of its own batches alone', async ({ engine }) => {
    const tasks = envelopes(3)
    const bytes = tasks.join('').length
    await newBatch(engine, { tenant: 'zebra', tasks })
    await newBatch(engine, { tenant: 'okapi', tasks: 5 })
    await interruptBatch(engine, await newBatch(engine, { tenant: 'zebra', tasks }))
    await newBatch(engine, { tenant: 'zebra', tasks: [], sealed: true })

    expect(await usageOf(engine)).toEqual({ activeBatches: 2, tasks: 6, bytes: 2 * bytes })
    expect((await usageOf(engine, 'okapi')).tasks).toBe(5)
    expect((await listTenants(engine, { pageSize: 9 })).tenants.map(({ name }) => name)).toEqual(['okapi', 'zebra'])
  })

  engineTest('counts the results of completed tasks once the batch has ended', async ({ engine }) => {
    const id = await newBatch(engine, { tenant: 'zebra', tasks: 2 })
    const before = await usageOf(engine)
    const result = 'x'.repeat(1000)
    await runToEnd(new TicketDriver(engine, id), 2, ({ seq }) => completed(seq, { result }))
    expect((await readBatch(engine, id)).state).toBe('completed')

    const after = await usageOf(engine)

    expect(after).toMatchObject({ activeBatches: 0, tasks: 2 })
    expect(after.bytes - before.bytes).toBeGreaterThan(2000)
  })

  engineTest('follows a deletion and the end of the retention', async ({ engine, redis }) => {
    const first = await newBatch(engine, { tenant: 'zebra', tasks: 3 })
    await newBatch(engine, { tenant: 'zebra', tasks: [], sealed: true })
    await cancelBatch(engine, first)
    await deleteBatch(engine, first)

    expect(await usageOf(engine)).toEqual(NOTHING)
    await cancelBatch(engine, await newBatch(engine, { tenant: 'zebra', tasks: 4 }))
    expect(await usageOf(engine)).toMatchObject({ tasks: 4 })
    await reconcileLater(engine, A_WEEK_MS + 60_000)
    expect(await usageOf(engine)).toEqual(NOTHING)
    expect(await redis.exists(engine.keys.tenantUsage)).toBe(0)
  })

  engineTest(
    'is brought in line by the reconciler with what batches hold, and each batch counts once',
    async ({ engine }) => {
      const id = await newBatch(engine, { tenant: 'zebra', tasks: 0 })
      await appendTasks(engine, id, [envelopes(7)])
      expect((await usageOf(engine)).tasks).toBe(0)

      await reconcile(engine)
      await reconcile(engine)

      expect(await usageOf(engine)).toEqual({ activeBatches: 1, tasks: 7, bytes: envelopes(7).join('').length })
    },
  )

  engineTest('grows with the results of a running batch at the next pass', async ({ engine }) => {
    const id = await newBatch(engine, { tenant: 'zebra', tasks: 3 })
    const before = await usageOf(engine)
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)
    await ticket.continue([completed(0, { result: 'x'.repeat(500) })])

    await reconcile(engine)

    expect((await usageOf(engine)).bytes - before.bytes).toBeGreaterThan(500)
  })
})

describe('the quotas of a tenant', () => {
  const cases: { quotas: TenantQuotas; used: number; quota: string }[] = [
    { quotas: { maxActiveBatches: 2 }, used: 2, quota: 'maxActiveBatches' },
    { quotas: { maxTasks: 11 }, used: 10, quota: 'maxTasks' },
    { quotas: { maxBytes: 160 }, used: 130, quota: 'maxBytes' },
  ]

  engineTest.for(cases)(
    'refuse a batch beyond $quota, and say what is used and allowed',
    async ({ quotas, used, quota }, { engine }) => {
      await putTenantQuotas(engine, 'zebra', quotas)
      for (const _ of range(2)) await newBatch(engine, { tenant: 'zebra', tasks: 5 })
      const next = () => createBatch(engine, { tenant: 'zebra', tasks: envelopes(5) })

      expect(await refusalOf(next())).toEqual({ quota, used, max: Object.values(quotas)[0] })
      await newBatch(engine, { tenant: 'okapi', tasks: 5 })
      await putTenantQuotas(engine, 'zebra', {})
      expect(await refusalOf(next())).toBeUndefined()
    },
  )

  engineTest(
    'let as many batches in as they allow when many are created at once',
    async ({ engine, openRivals, redis }) => {
      await putTenantQuotas(engine, 'zebra', { maxActiveBatches: 7 })
      const rivals = await openRivals(4)

      const refusals = await Promise.all(
        range(40).map((i) => refusalOf(newBatch(rivals[i % 4] ?? engine, { tenant: 'zebra', tasks: 2 }))),
      )

      expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(7)
      expect(refusals.filter((refusal) => refusal !== undefined)).toEqual(
        range(33).map(() => ({ quota: 'maxActiveBatches', used: 7, max: 7 })),
      )
      expect(await usageOf(engine)).toMatchObject({ activeBatches: 7, tasks: 14 })
      expect(await redis.zcard(engine.keys.drafts)).toBe(0)
    },
  )

  engineTest(
    'let as many tasks in as they allow when many batches are created at once',
    async ({ engine, openRivals }) => {
      await putTenantQuotas(engine, 'zebra', { maxTasks: 25 })
      const rivals = await openRivals(4)

      await Promise.all(
        range(40).map((i) => refusalOf(newBatch(rivals[i % 4] ?? engine, { tenant: 'zebra', tasks: 4 }))),
      )

      expect((await usageOf(engine)).tasks).toBe(24)
    },
  )

  engineTest('refuse the chunk of an append that would exceed them, and keep those before', async ({ engine }) => {
    await putTenantQuotas(engine, 'zebra', { maxTasks: 25 })
    const id = await newBatch(engine, { tenant: 'zebra', sealed: false })

    const refusal = await refusalOf(appendTasks(engine, id, [envelopes(10), envelopes(10, 10), envelopes(10, 20)]))

    expect(refusal).toMatchObject({ quota: 'maxTasks', used: 20, max: 25, accepted: 20, total: 20 })
    expect((await usageOf(engine)).tasks).toBe(20)
    // What the batch holds already needs no room.
    expect(await appendTasks(engine, id, [envelopes(20)], { offset: 0 })).toMatchObject({ accepted: 0, skipped: 20 })
    expect(await appendTasks(engine, id, [envelopes(12, 13)], { offset: 13 })).toMatchObject({ accepted: 5, total: 25 })
  })

  engineTest(
    'are exceeded by one chunk at most by an append that overtakes another one',
    async ({ engine, openEngine }) => {
      await putTenantQuotas(engine, 'zebra', { maxTasks: 10 })
      const ids = [await newBatch(engine, { tenant: 'zebra' }), await newBatch(engine, { tenant: 'zebra' })]
      // Between the comparison of one append and its chunk, another append stores a chunk as well.
      let overtake: (() => Promise<unknown>) | undefined = () =>
        appendTasks(openEngine(), ids[1] ?? '', [envelopes(10)])
      const after = async (command: string, args: readonly unknown[]) => {
        if (command !== 'hmget' || args[0] !== engine.keys.tenantUsage) return
        const run = overtake
        overtake = undefined
        await run?.()
      }
      const overtaken = { ...engine, redis: watchRedis(engine.redis, { after }) }

      await appendTasks(overtaken, ids[0] ?? '', [envelopes(10)])

      expect((await usageOf(engine)).tasks).toBe(20)
      expect(await refusalOf(appendTasks(engine, ids[0] ?? '', [envelopes(1)]))).toMatchObject({ used: 20, max: 10 })
    },
  )

  engineTest('refuse an upload as soon as its draft cannot be published', async ({ engine, redis }) => {
    await putTenantQuotas(engine, 'zebra', { maxTasks: 25 })
    let sent = 0
    const chunks = (async function* () {
      for (;;) {
        yield envelopes(10, sent)
        sent += 10
      }
    })()

    const refusal = await refusalOf(createBatch(engine, { tenant: 'zebra', chunks, sealed: true }))

    expect(refusal).toMatchObject({ quota: 'maxTasks', max: 25 })
    expect(sent).toBe(20)
    expect(await usageOf(engine)).toEqual(NOTHING)
    expect(await redis.zcard(engine.keys.drafts)).toBe(0)
  })
})
