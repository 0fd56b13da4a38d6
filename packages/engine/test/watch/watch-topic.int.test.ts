import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import type { Engine } from '../../src/engine.ts'
import type { Batch } from '../../src/model/batch.ts'
import { EVERYTHING, type Reach } from '../../src/model/reach.ts'
import { changeQueue, putQueue } from '../../src/queue/put-queue.ts'
import type { Topic } from '../../src/watch/topic-look.ts'
import { type TopicEvent, watchTopic } from '../../src/watch/watch-topic.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

interface Watching {
  seen: TopicEvent[]
  ended: Promise<void>
  stop: () => Promise<void>
  ticks: () => number
}

function watch(engine: Engine, topic: Topic, reach: Reach = EVERYTHING): Watching {
  const aborting = new AbortController()
  const seen: TopicEvent[] = []
  const readAll = async () => {
    for await (const event of watchTopic(engine, topic, { reach, signal: aborting.signal })) seen.push(event)
  }
  const ended = readAll()
  const stop = async () => {
    aborting.abort()
    await ended
  }
  return { seen, ended, stop, ticks: () => seen.filter(({ kind }) => kind === 'tick').length }
}

/** The last state of an object that a watcher was shown. */
function lastOf({ seen }: Watching, id: string): Batch | undefined {
  const event = seen.findLast((each) => each.kind === 'change' && each.id === id)
  return event?.kind === 'change' ? (event.object as Batch) : undefined
}

describe('watching batches', () => {
  engineTest('shows unfinished ones, each change, and the last state of one that ends', async ({ engine }) => {
    await cancelBatch(engine, await newBatch(engine, { tasks: 1 }))
    const id = await newBatch(engine, { tasks: 2, concurrency: 1 })
    const watching = watch(engine, 'batches')
    await expect.poll(() => watching.seen.length).toBeGreaterThan(0)
    expect(watching.seen[0]).toMatchObject({ kind: 'snapshot', objects: [{ id }] })

    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await expect.poll(() => lastOf(watching, id)?.counts.running, { timeout: 5000 }).toBe(1)
    await runToEnd(ticket, 2, ({ seq }) => completed(seq))
    await expect.poll(() => lastOf(watching, id)?.state, { timeout: 5000 }).toBe('completed')
    const ticks = watching.ticks()
    await expect.poll(() => watching.ticks(), { timeout: 5000 }).toBeGreaterThan(ticks)
    await watching.stop()

    expect(watching.seen.filter(({ kind }) => kind === 'gone')).toEqual([])
    // A batch that has ended is not shown again.
    expect(
      watching.seen.filter((event) => event.kind === 'change' && (event.object as Batch).state === 'completed'),
    ).toHaveLength(1)
  })

  engineTest('says that a batch is gone when it was deleted before anything else was seen', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1 })
    const watching = watch(engine, 'batches')
    await expect.poll(() => watching.seen.length).toBeGreaterThan(0)

    await cancelBatch(engine, id)
    await deleteBatch(engine, id)

    await expect.poll(() => watching.seen, { timeout: 5000 }).toContainEqual({ kind: 'gone', id })
    await watching.stop()
  })

  engineTest('counts what ends per second, and what runs and waits', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 9, concurrency: 1 })
    const watching = watch(engine, 'batches')
    await expect.poll(() => watching.ticks(), { timeout: 5000 }).toBe(1)

    const ticket = new TicketDriver(engine, id)
    await ticket.lease(3)
    await ticket.lease(1, [completed(0), completed(1), failed(2)])

    const sum = (rate: 'completedPerSecond' | 'failedPerSecond') =>
      watching.seen.reduce((total, event) => total + (event.kind === 'tick' ? event[rate] : 0), 0)
    await expect.poll(() => sum('failedPerSecond'), { timeout: 5000 }).toBeGreaterThan(0)
    await watching.stop()
    const last = watching.seen.findLast((event) => event.kind === 'tick')
    expect(last).toMatchObject({ running: 1, waiting: 5, batches: { active: 1 } })
    expect(sum('completedPerSecond') / sum('failedPerSecond')).toBeCloseTo(2, 5)
  })

  engineTest(
    'shows a slow watcher the latest state alone, and also of a batch that ended meanwhile',
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 3, concurrency: 1 })
      const other = await newBatch(engine, { tasks: 1 })
      const aborting = new AbortController()
      const slow = watchTopic(engine, 'batches', { reach: EVERYTHING, signal: aborting.signal })
      await slow.next()
      const fast = watch(engine, 'batches')
      const ticket = new TicketDriver(engine, id)
      for (const outcomes of [[], [completed(0)], [completed(1)]]) {
        await ticket.lease(1, outcomes)
        await expect
          .poll(() => lastOf(fast, id)?.counts.completed, { timeout: 5000 })
          .toBe(outcomes[0] ? outcomes[0].seq + 1 : 0)
      }
      await ticket.lease(1, [completed(2)])
      await expect.poll(() => lastOf(fast, id)?.state, { timeout: 5000 }).toBe('completed')
      await cancelBatch(engine, other)
      await expect.poll(() => lastOf(fast, other)?.state, { timeout: 5000 }).toBe('cancelled')

      const next = [await slow.next(), await slow.next(), await slow.next()].map(({ value }) => value as TopicEvent)

      expect(
        next.map((event) => (event.kind === 'change' ? [event.id, (event.object as Batch).state] : event.kind)),
      ).toEqual([[other, 'cancelled'], [id, 'completed'], 'tick'])
      aborting.abort()
      await slow.return(undefined)
      await fast.stop()
    },
  )

  engineTest('costs Redis as much for many watchers as for one, and nothing once all have left', async ({ engine }) => {
    for (let i = 0; i < 5; i += 1) await newBatch(engine, { tasks: 1 })
    let commands = 0
    const counted = { ...engine, redis: watchRedis(engine.redis, { before: () => void (commands += 1) }) }
    /** Commands per look, while so many watchers see four more looks. */
    const costOf = async (count: number) => {
      const watchers = Array.from({ length: count }, () => watch(counted, 'batches'))
      await expect.poll(() => watchers.every(({ ticks }) => ticks() >= 1), { timeout: 10_000 }).toBe(true)
      const [before, from] = [commands, watchers[0]?.ticks() ?? 0]
      await expect.poll(() => (watchers[0]?.ticks() ?? 0) - from, { timeout: 10_000 }).toBeGreaterThanOrEqual(4)
      const cost = (commands - before) / ((watchers[0]?.ticks() ?? 0) - from)
      await Promise.all(watchers.map(({ stop }) => stop()))
      return cost
    }

    const one = await costOf(1)
    const many = await costOf(200)

    // Each fifth look reads all batches in full.
    expect(many).toBeLessThan(one * 2)
    // A look may still be under way.
    await sleep(100)
    const after = commands
    await sleep(1200)
    expect(commands).toBe(after)
  })

  engineTest('of some queues shows the newest of these, however many others are newer', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const own = await newBatch(engine, { queue: 'mail', tasks: 1 })
    for (let i = 0; i < 3; i += 1) await newBatch(engine, { tasks: 1 })

    const watching = watch(engine, 'batches', { tenant: null, queues: ['mai*'] })

    await expect.poll(() => watching.seen.length).toBeGreaterThan(0)
    expect(watching.seen[0]).toMatchObject({ kind: 'snapshot', objects: [{ id: own }] })
    await watching.stop()
  })
})

describe('watching queues', () => {
  engineTest('shows each change of one, and nothing while nothing changes', async ({ engine }) => {
    await putQueue(engine, 'mail', {})
    const watching = watch(engine, 'queues')
    await expect.poll(() => watching.seen.length).toBe(1)
    // Longer than two looks.
    await sleep(2200)
    expect(watching.seen).toHaveLength(1)

    await changeQueue(engine, 'mail', { paused: true })

    await expect.poll(() => watching.seen.length, { timeout: 5000 }).toBe(2)
    expect(watching.seen[1]).toMatchObject({ kind: 'change', id: 'mail', object: { paused: true } })
    await watching.stop()
  })
})
