import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { range } from '../../src/range.ts'
import { readTask } from '../../src/task/read-task.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

describe('failures with the same error text', () => {
  engineTest(
    'are counted together with the seq of the first one, including retried attempts',
    async ({ engine, redis }) => {
      const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
      const ticket = new TicketDriver(engine, id)
      await ticket.lease(6)

      await ticket.release([
        completed(0),
        failed(1, { group: 'auth 401: no' }),
        retry(2, { group: 'server 500: broke' }),
        failed(3, { group: 'server 500: broke' }),
        postponed(4, { group: 'rate_limited 429: slow down' }),
      ])

      expect(await redis.hgetall(engine.keys.batch(id).failures)).toEqual({
        'auth 401: no': '1 1',
        'server 500: broke': '2 2',
        'rate_limited 429: slow down': '1 4',
      })
    },
  )

  engineTest('form up to 100 groups; the others form one group per failure class', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 160, concurrency: 1 })
    const failureOf = (seq: number) => ({
      failureClass: seq % 2 === 0 ? 'server' : 'network',
      group: `text ${seq % 150}: x`,
    })

    await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => failed(seq, failureOf(seq)))

    const groups = await redis.hgetall(engine.keys.batch(id).failures)
    expect(Object.keys(groups)).toHaveLength(102)
    expect(groups).toMatchObject({
      'text 0: x': '2 0',
      'text 99: x': '1 99',
      'server: (other)': '25 100',
      'network: (other)': '25 101',
    })
    expect(await redis.hget(engine.keys.batch(id).failures, 'text 100: x')).toBeNull()
  })
})

describe('durations', () => {
  engineTest('are counted in buckets that grow by a tenth, and the longest is stored', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
    const durations = [0, 0.1, 0.105, 1, 1, 1000]

    await runToEnd(new TicketDriver(engine, id), 6, ({ seq }) => completed(seq, { durationMs: durations[seq] ?? 0 }))

    const timings = Object.entries(await redis.hgetall(engine.keys.batch(id).timings))
    expect(Object.fromEntries(timings.filter(([field]) => field.startsWith('execution')))).toEqual({
      'execution:0': '2',
      'execution:1': '1',
      'execution:25': '2',
      'execution:97': '1',
    })
    expect(await redis.hget(engine.keys.batch(id).meta, 'longest_execution')).toBe('1000')
  })

  engineTest(
    'of retried attempts count as execution times, and only finished tasks have a lifetime',
    async ({ engine, redis }) => {
      const id = await newBatch(engine, { tasks: 4, concurrency: 1 })
      const ticket = new TicketDriver(engine, id)
      await ticket.lease(4)

      await ticket.release([completed(0), failed(1), retry(2), postponed(3)])

      const timings = Object.entries(await redis.hgetall(engine.keys.batch(id).timings))
      const counted = (name: string) =>
        timings.filter(([field]) => field.startsWith(`${name}:`)).reduce((sum, [, count]) => sum + Number(count), 0)
      expect({ execution: counted('execution'), lifetime: counted('lifetime') }).toEqual({ execution: 3, lifetime: 2 })
    },
  )

  engineTest(
    'of lifetimes start when the task is appended, regardless of the age of its batch',
    async ({ engine, redis }) => {
      const id = await newBatch(engine)
      const { meta } = engine.keys.batch(id)
      // More milliseconds than four bytes can hold.
      await redis.hincrby(meta, 'created_at', -5_000_000_000)
      await appendTasks(engine, id, [envelopes(1)])

      await runToEnd(new TicketDriver(engine, id), 1, ({ seq }) => completed(seq))

      expect(Number(await redis.hget(meta, 'longest_lifetime'))).toBeLessThan(10_000)
      expect(Math.abs(Number((await readTask(engine, id, 0)).appendedAt) - Date.now())).toBeLessThan(10_000)
    },
  )
})

describe('the rate', () => {
  engineTest('counts recently finished tasks and determines the estimated time left', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 1 })
    const { meta } = engine.keys.batch(id)
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.lease(50, [completed(0)])
    const fiveSecondsAgo = Date.now() - 5000
    await redis.hset(meta, 'window_at', fiveSecondsAgo, 'window_finished', 20, 'last_rate', 2)

    const batch = await readBatch(engine, id)

    // 20 in the five seconds of this window, and two per second for five more; slightly less if reading is slow.
    expect(batch.ratePerSecond).toBeLessThanOrEqual(3)
    expect(batch.ratePerSecond).toBeGreaterThan(2)
    expect(batch.etaMs).toBe(Math.round((99 / batch.ratePerSecond) * 1000))
  })

  engineTest('starts a new window after ten seconds', async ({ engine, redis }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 1 })
    const { meta } = engine.keys.batch(id)
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(10)
    await redis.hset(meta, 'window_at', Date.now() - 20_000, 'window_finished', 100)

    await ticket.release(range(10).map((seq) => completed(seq)))

    const [finished, rate] = await redis.hmget(meta, 'window_finished', 'last_rate')
    expect(Number(finished)).toBe(10)
    expect(Number(rate)).toBeLessThanOrEqual(5)
    expect(Number(rate)).toBeGreaterThan(4)
  })
})
