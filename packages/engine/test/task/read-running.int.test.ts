import { describe, expect } from 'vitest'
import { readReport } from '../../src/batch/read-report.ts'
import type { Engine } from '../../src/engine.ts'
import { readTask } from '../../src/task/read-task.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/** Moves a time of a lease into the past. */
async function makeOld(redis: Engine['redis'], leases: string, field: string, place: number): Promise<void> {
  const parts = ((await redis.hget(leases, field)) ?? '').split(' ')
  parts[place] = String(Number(parts[place]) - AN_HOUR_MS)
  await redis.hset(leases, field, parts.join(' '))
}

describe('the running attempt of a task', () => {
  engineTest('has a start, and the tasks that were leased with it have none yet', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: ['{"payload":1}', '{"payload":1,"maxAttempts":7}'], concurrency: 1 })
    const before = Date.now()
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(2)

    const startOf = async (seq: number) => (await readTask(engine, id, seq)).startedAt
    const first = await startOf(0)

    expect(first?.getTime()).toBeGreaterThanOrEqual(before - 1000)
    expect(await startOf(1)).toBeNull()
    await ticket.continue([completed(0)])
    expect(await startOf(0)).toBeNull()
    expect((await startOf(1))?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Infinity)
    expect(await readTask(engine, id, 0)).toMatchObject({ maxAttempts: 3 })
    expect(await readTask(engine, id, 1)).toMatchObject({ state: 'running', maxAttempts: 7 })
  })

  engineTest('that waits for its permit has not started, and is not stuck', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const ticket = new TicketDriver(engine, id)
    const { leases } = engine.keys.batch(id)
    await ticket.reserve(1)
    await makeOld(redis, leases, '0', 2)

    expect((await readTask(engine, id, 0)).startedAt).toBeNull()
    expect((await readReport(engine, id)).stuckTasks).toEqual([])

    const before = Date.now()
    await ticket.markStarted()
    expect((await readTask(engine, id, 0)).startedAt?.getTime()).toBeGreaterThanOrEqual(before - 1000)
    expect((await readReport(engine, id)).stuckTasks).toEqual([])
    await makeOld(redis, leases, '0', 5)
    expect((await readReport(engine, id)).stuckTasks).toMatchObject([{ seq: 0 }])
  })
})
