import { describe, expect } from 'vitest'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import type { Engine } from '../../src/engine.ts'
import type { RetryPolicy } from '../../src/model/retry-policy.ts'
import { range } from '../../src/range.ts'
import { readTask } from '../../src/task/read-task.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, postponed } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/** Leases the only task of a batch, whenever it is due, and has the upstream postpone it. Returns its state then. */
async function postpone(engine: Engine, id: string, refusal: Parameters<typeof postponed>[1]): Promise<string> {
  const { meta, due } = engine.keys.batch(id)
  await engine.redis.zadd(due, 'XX', 1, '0')
  await engine.redis.hset(meta, 'paused_until', 0)
  const run = `${(runs += 1)}.1`
  await new TicketDriver(engine, id, { run }).lease(1)
  await new TicketDriver(engine, id, { run }).send({
    turn: 2,
    intent: 'release',
    want: 0,
    outcomes: [postponed(0, refusal)],
  })
  return (await readTask(engine, id, 0)).state
}

/** Run ids must rise within a test; they may over all of them. */
let runs = 0

/** Returns how long from now the only task of a batch is delayed, in hours. */
async function delayOf(engine: Engine, id: string): Promise<number> {
  return Math.round((Number((await readTask(engine, id, 0)).dueAt) - Date.now()) / AN_HOUR_MS)
}

async function delaysOf(engine: Engine, retry: Partial<RetryPolicy>, refusal: Parameters<typeof postponed>[1]) {
  const id = await newBatch(engine, { tasks: 1, retry })
  const delays: number[] = []
  for (const _ of range(5)) {
    await postpone(engine, id, refusal)
    delays.push(await delayOf(engine, id))
  }
  return delays
}

/** Moves the first postponement of the only task of a batch a day into the past. */
async function ageByADay(engine: Engine, id: string): Promise<void> {
  const { postponements } = engine.keys.batch(id)
  const [count, since] = String(await engine.redis.hget(postponements, '0')).split(' ')
  await engine.redis.hset(postponements, '0', `${count} ${Number(since) - 24 * AN_HOUR_MS}`)
}

describe('the delay of a postponed task', () => {
  const FEW_HOURS = { maxDelayMs: 6 * AN_HOUR_MS }

  engineTest('doubles with each refusal without a time, up to the maximum delay', async ({ engine }) => {
    expect(await delaysOf(engine, FEW_HOURS, { delayMs: AN_HOUR_MS })).toEqual([1, 2, 4, 6, 6])
  })

  engineTest('doubles in a queue under a limit too', async ({ engine }) => {
    expect(await delaysOf(engine, FEW_HOURS, { delayMs: AN_HOUR_MS, isLimited: true })).toEqual([1, 2, 4, 6, 6])
  })

  engineTest('stays at the first if that is above the maximum', async ({ engine }) => {
    expect(await delaysOf(engine, { maxDelayMs: 0 }, { delayMs: AN_HOUR_MS })).toEqual([1, 1, 1, 1, 1])
  })

  engineTest('is the time that the upstream named, whatever the maximum delay is', async ({ engine }) => {
    const refusal = { delayMs: AN_HOUR_MS, pauseMs: AN_HOUR_MS }

    expect(await delaysOf(engine, { maxDelayMs: 0 }, refusal)).toEqual([1, 1, 1, 1, 1])
  })
})

describe('a task that the upstream postpones again and again', () => {
  engineTest('is postponed any number of times within its time', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, retry: { maxAttempts: 1 } })

    for (const _ of range(200)) expect(await postpone(engine, id, { delayMs: 1 })).toBe('delayed')

    expect(await readTask(engine, id, 0)).toMatchObject({ attempts: 0 })
  })

  engineTest('fails once its time is over, and spends an attempt', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, retry: { maxPostponedMs: 24 * AN_HOUR_MS } })
    const states = [await postpone(engine, id, {}), await postpone(engine, id, {})]
    await ageByADay(engine, id)

    states.push(await postpone(engine, id, {}))

    expect(states).toEqual(['delayed', 'delayed', 'failed'])
    expect(await readTask(engine, id, 0)).toMatchObject({ attempts: 1, error: { failureClass: 'rate_limited' } })
  })

  engineTest('fails at the first refusal if it may not be postponed', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, retry: { maxPostponedMs: 0 } })

    expect(await postpone(engine, id, {})).toBe('failed')
  })

  engineTest('gets its whole time again when the batch is resumed', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    await postpone(engine, id, {})
    await ageByADay(engine, id)
    await interruptBatch(engine, id)

    await resumeBatch(engine, id)

    expect(await postpone(engine, id, {})).toBe('delayed')
    expect(await delayOf(engine, id)).toBe(1)
  })

  engineTest('gets its whole time again when it is retried', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2 })
    await postpone(engine, id, {})
    await ageByADay(engine, id)
    await postpone(engine, id, {})

    await retryTasks(engine, id)

    expect(await postpone(engine, id, {})).toBe('delayed')
  })
})
