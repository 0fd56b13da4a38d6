import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { planTicketsScript } from '../../src/scripts/plan-tickets.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { newBatch, type TestBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { seqsOf, TicketDriver } from '../support/ticket-driver.ts'

const MANY = 5
const MINUTE_MS = 60_000

/** A delay policy whose pauses outlast a test. */
const LONG = { minDelayMs: MINUTE_MS, maxDelayMs: 4 * MINUTE_MS }

type Six<T> = [T, T, T, T, T, T, ...T[]]

/** A batch and its tickets: at least six. */
interface Started {
  id: string
  tickets: Six<TicketDriver>
}

/** Creates a batch with tickets that each hold a task. */
async function startBatch(engine: Engine, batch: TestBatch = {}, tickets = 6): Promise<Started> {
  const id = await newBatch(engine, { tasks: 100, concurrency: tickets, retry: LONG, ...batch })
  const drivers = range(tickets).map((ticket) => new TicketDriver(engine, id, { ticket }))
  for (const driver of drivers) await driver.lease(1)
  return { id, tickets: drivers as Six<TicketDriver> }
}

/** Starts a batch and has the upstream refuse all its calls. */
async function refuseAll(engine: Engine, batch: TestBatch = {}, tickets = 6): Promise<Started> {
  const started = await startBatch(engine, batch, tickets)
  for (const [i, driver] of started.tickets.entries()) await driver.release([postponed(i)])
  return started
}

/** Ends a pause. The next lease is of a later millisecond than the pause. */
async function endPause(engine: Engine, id: string): Promise<void> {
  await sleep(2)
  await engine.redis.hset(engine.keys.batch(id).meta, 'paused_until', 0)
}

/** Lets the next start of a batch with a pace come. */
async function reachNextStart(engine: Engine, id: string): Promise<void> {
  await engine.redis.hset(engine.keys.batch(id).meta, 'next_start', 0)
}

/** Starts a batch that the upstream refuses until a probe is accepted, and has it start a task every five seconds. */
async function reopen(engine: Engine, batch: TestBatch = {}, tickets = 6): Promise<Started> {
  const refused = await refuseAll(engine, batch, tickets)
  await endPause(engine, refused.id)
  const [prober] = refused.tickets
  const [seq = -1] = seqsOf(await prober.lease(1))
  await prober.release([completed(seq)])
  // A pace that was learned within milliseconds would be too high to be observed.
  await engine.redis.hset(engine.keys.batch(refused.id).meta, { pace: 0.2, next_start: Date.now() + 5000 })
  await engine.redis.del(engine.keys.batch(refused.id).waits)
  return refused
}

/** Returns the rest of a pause in minutes, rounded; 0 without a pause. */
async function pauseOf(engine: Engine, id: string): Promise<number> {
  const { pausedUntil } = await readBatch(engine, id)
  return pausedUntil === null ? 0 : Math.round((Number(pausedUntil) - Date.now()) / MINUTE_MS)
}

async function fieldsOf(engine: Engine, id: string, ...fields: string[]): Promise<number[]> {
  return (await engine.redis.hmget(engine.keys.batch(id).meta, ...fields)).map(Number)
}

describe('refusals without a time', () => {
  engineTest('pause the batch once there are five in a row', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine)
    const pauses: number[] = []

    for (const [i, ticket] of tickets.slice(0, MANY).entries()) {
      await ticket.release([postponed(i)])
      pauses.push(await pauseOf(engine, id))
    }

    expect(pauses).toEqual([0, 0, 0, 0, 1])
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind: 'paused', isNamed: false, refusals: 5 } })
    expect(await tickets[5].lease(1)).toMatchObject({ kind: 'wait' })
  })

  engineTest('do not pause a batch if a call that started after the first of them is accepted', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine, {}, 10)
    const [first] = tickets

    for (const [i, ticket] of tickets.slice(0, 4).entries()) await ticket.release([postponed(i)])
    const [later = -1] = seqsOf(await first.lease(1))
    await first.release([completed(later)])
    for (const [i, ticket] of tickets.slice(4, 8).entries()) await ticket.release([postponed(4 + i)])

    expect(await pauseOf(engine, id)).toBe(0)
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: null })
  })

  engineTest(
    'pause a batch although calls are accepted that had started before the first of them',
    async ({ engine }) => {
      const { id, tickets } = await startBatch(engine, {}, 10)

      for (const [i, ticket] of tickets.slice(0, 6).entries())
        await ticket.release([i === 4 ? completed(i) : postponed(i)])

      expect(await pauseOf(engine, id)).toBe(1)
    },
  )

  engineTest('of a burst count once', async ({ engine }) => {
    const { id } = await refuseAll(engine, {}, 40)

    expect(await pauseOf(engine, id)).toBe(1)
    expect(await fieldsOf(engine, id, 'refusals', 'rate_limit_hits')).toEqual([MANY, 40])
  })

  engineTest('stop the tasks that workers have leased and not started', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine)
    const [before = 0] = await fieldsOf(engine, id, 'version')
    const received: Signal[] = []
    const stopReceiving = await receiveSignals(engine, (signal) => received.push(signal))

    for (const [i, ticket] of tickets.slice(0, MANY).entries()) await ticket.release([postponed(i)])

    await expect.poll(() => received).toEqual([{ kind: 'stop', batchId: id, version: before + 1, abort: false }])
    await stopReceiving()
  })

  engineTest('end a slice of which tasks are left', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 1, retry: LONG })
    const ticket = new TicketDriver(engine, id)
    const seqs = seqsOf(await ticket.lease(10))

    const reply = await ticket.continue(seqs.slice(0, MANY).map((seq) => postponed(seq)))

    expect(reply.kind).toBe('wait')
    expect((await readBatch(engine, id)).counts).toMatchObject({ running: 0, delayed: MANY })
  })

  engineTest('are left to the limit in a queue under one', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine, {}, 10)

    for (const [i, ticket] of tickets.entries())
      await ticket.release([postponed(i, { isLimited: true, pauseMs: i % 2 ? MINUTE_MS : 0 })])

    expect(await pauseOf(engine, id)).toBe(0)
    expect(await fieldsOf(engine, id, 'refusals', 'rate_limit_hits')).toEqual([0, 10])
  })

  engineTest('pause for a quarter of a second at least', async ({ engine }) => {
    const { id } = await refuseAll(engine, { retry: { minDelayMs: 0, maxDelayMs: 0 } })

    const [pausedUntil = 0, refusedAt = 0] = await fieldsOf(engine, id, 'paused_until', 'refused_at')
    expect(pausedUntil - refusedAt).toBe(250)
  })

  engineTest('meet the criteria one by one', async ({ engine }) => {
    const { id } = await refuseAll(engine, { interruptionCriteria: { maxRateLimitHits: 7 } }, 8)

    const batch = await readBatch(engine, id)
    expect(batch).toMatchObject({ state: 'interrupted', pausedUntil: null, upstreamWait: null })
    expect(batch.lastInterruption).toMatchObject({ reason: 'rate_limit_hits_exceeded', value: 7 })
  })
})

describe('after the pause', () => {
  engineTest('a single task probes, whichever ticket comes first', async ({ engine }) => {
    const { id, tickets } = await refuseAll(engine)
    await endPause(engine, id)

    const probe = await tickets[5].lease(10)
    const others = []
    for (const ticket of tickets.slice(0, 5)) others.push(await ticket.lease(10))

    expect(seqsOf(probe)).toHaveLength(1)
    expect(others.map(({ kind }) => kind)).toEqual(range(5).map(() => 'wait'))
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind: 'probing' } })
  })

  engineTest('each refused probe doubles the pause, up to the maximum delay', async ({ engine }) => {
    const { id, tickets } = await refuseAll(engine)
    const pauses: number[] = []

    for (const ticket of tickets.slice(0, 4)) {
      await endPause(engine, id)
      const [seq = -1] = seqsOf(await ticket.lease(1))
      await ticket.release([postponed(seq)])
      pauses.push(await pauseOf(engine, id))
    }

    expect(pauses).toEqual([2, 4, 4, 4])
  })

  engineTest('a call that began before it proves nothing', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine, {}, 7)
    const late = tickets.at(-1)
    for (const [i, ticket] of tickets.slice(0, MANY).entries()) await ticket.release([postponed(i)])
    await endPause(engine, id)
    await tickets[0].lease(1)

    await tickets[5].release([completed(5)])
    await late?.release([postponed(6)])

    expect(await readBatch(engine, id)).toMatchObject({ pausedUntil: null, upstreamWait: { kind: 'probing' } })
  })

  engineTest('a long call that began before it proves nothing either', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 100, concurrency: 10, retry: LONG })
    const slow = new TicketDriver(engine, id, { ticket: 9 })
    const [running = -1] = seqsOf(await slow.lease(2))
    const others = range(MANY).map((ticket) => new TicketDriver(engine, id, { ticket }))
    for (const ticket of others) {
      const [seq = -1] = seqsOf(await ticket.lease(1))
      await ticket.release([postponed(seq)])
    }
    await endPause(engine, id)

    await slow.keepRunning([])
    await slow.release([completed(running)])

    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind: 'probing' } })
  })

  engineTest.for([
    ['fails in another way than by a limit', failed, 'paced'],
    ['is answered with 500', retry, 'paced'],
  ] as const)('a probe that %s shows that the upstream accepts calls', async ([, outcome, kind], { engine }) => {
    const { id, tickets } = await refuseAll(engine)
    await endPause(engine, id)
    const [seq = -1] = seqsOf(await tickets[0].lease(1))

    await tickets[0].release([outcome(seq)])

    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind } })
  })

  engineTest.for(['network', 'timeout', 'overloaded'])(
    'another task probes at once if the first is not answered (%s)',
    async (failureClass, { engine }) => {
      const { id, tickets } = await refuseAll(engine)
      await endPause(engine, id)
      const [seq = -1] = seqsOf(await tickets[0].lease(1))

      await tickets[0].release([retry(seq, { failureClass })])

      expect(seqsOf(await tickets[1].lease(1))).toHaveLength(1)
      expect(await tickets[2].lease(1)).toMatchObject({ kind: 'wait' })
    },
  )

  engineTest('another task probes at once if the first is released', async ({ engine }) => {
    const { id, tickets } = await refuseAll(engine)
    await endPause(engine, id)
    await tickets[0].lease(1)

    await tickets[0].release()

    expect(seqsOf(await tickets[1].lease(1))).toHaveLength(1)
  })

  engineTest('another task probes once the ticket of a dead worker has its next run', async ({ engine }) => {
    const { id, tickets } = await refuseAll(engine)
    await endPause(engine, id)
    await tickets[0].lease(1)
    const before = await tickets[1].lease(1)

    await new TicketDriver(engine, id, { ticket: 0, run: '1.2' }).release()

    expect(before?.kind).toBe('wait')
    expect(seqsOf(await tickets[1].lease(1))).toHaveLength(1)
  })
})

describe('once a probe is accepted', () => {
  engineTest('one task starts at a time, at even distances', async ({ engine }) => {
    const { id, tickets } = await reopen(engine)
    const replies = []

    for (const ticket of tickets) replies.push(await ticket.lease(10))
    await reachNextStart(engine, id)
    const next = await tickets[0].lease(10)

    expect(replies.map(({ kind }) => kind)).toEqual(range(6).map(() => 'wait'))
    expect(seqsOf(next)).toHaveLength(1)
    expect(await tickets[1].lease(10)).toMatchObject({ kind: 'wait' })
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind: 'paced', refusals: 0 } })
  })

  engineTest('each waiting ticket has its own place in the line', async ({ engine }) => {
    const { tickets } = await reopen(engine)

    const waits: number[] = []
    for (const ticket of tickets) {
      const reply = await ticket.lease(10)
      waits.push(reply.kind === 'wait' ? Math.round(reply.waitMs / 5000) : 0)
    }

    expect(waits.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6])
  })

  engineTest('a ticket that waits for its place is not woken', async ({ engine }) => {
    const { id, tickets } = await reopen(engine)
    for (const ticket of tickets) await ticket.lease(1)

    const plan = await planTicketsScript.run(engine.redis, engine.keys.batch(id), {})

    expect(plan).toMatchObject({ kind: 'issue', sleeping: [] })
  })

  engineTest('a ticket that sleeps for longer is woken when there is work', async ({ engine }) => {
    const { id } = await reopen(engine)
    await engine.redis.zadd(engine.keys.batch(id).waits, Date.now() + 10 * MINUTE_MS, 3)

    const plan = await planTicketsScript.run(engine.redis, engine.keys.batch(id), {})

    expect(plan).toMatchObject({ kind: 'issue', sleeping: [3] })
  })

  engineTest('a single refusal pauses the batch and lowers its pace', async ({ engine }) => {
    const { id, tickets } = await reopen(engine)
    const [before = 0] = await fieldsOf(engine, id, 'pace')
    await reachNextStart(engine, id)
    const [seq = -1] = seqsOf(await tickets[0].lease(1))

    await tickets[0].release([postponed(seq)])

    expect(await pauseOf(engine, id)).toBe(1)
    await endPause(engine, id)
    const [next = -1] = seqsOf(await tickets[1].lease(1))
    await tickets[1].release([completed(next)])
    const [after = 0] = await fieldsOf(engine, id, 'pace')
    expect(after).toBeLessThan(before)
  })

  engineTest('the pace is dropped if it has not helped eight times in a row', async ({ engine }) => {
    const { id, tickets } = await reopen(engine)
    const [first, second] = tickets
    const paces: boolean[] = []

    for (const _ of range(8)) {
      await reachNextStart(engine, id)
      const [refused = -1] = seqsOf(await first.lease(1))
      await first.release([postponed(refused)])
      await endPause(engine, id)
      const [accepted = -1] = seqsOf(await second.lease(1))
      await second.release([completed(accepted)])
      paces.push((await fieldsOf(engine, id, 'pace')).some((pace) => pace > 0))
    }

    expect(paces).toEqual([true, true, true, true, true, true, true, false])
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: null })
  })

  engineTest('a resumption starts without a pace', async ({ engine }) => {
    const { id, tickets } = await reopen(engine)
    await interruptBatch(engine, id)

    await resumeBatch(engine, id)

    expect(await readBatch(engine, id)).toMatchObject({ state: 'active', pausedUntil: null, upstreamWait: null })
    expect(seqsOf(await tickets[0].lease(4))).toHaveLength(4)
  })

  engineTest('a retry of a completed batch starts without a pace', async ({ engine }) => {
    const { id, tickets } = await reopen(engine, { tasks: 7 })
    for (const i of range(6)) {
      await reachNextStart(engine, id)
      await engine.redis.zadd(engine.keys.batch(id).due, 'XX', 1, String(i))
      const reply = await tickets[0].lease(1)
      if (reply.kind === 'run') await tickets[0].release(seqsOf(reply).map((seq) => failed(seq)))
    }
    expect(await readBatch(engine, id)).toMatchObject({ state: 'completed' })

    await retryTasks(engine, id)

    expect(await readBatch(engine, id)).toMatchObject({ state: 'active', upstreamWait: null })
  })
})

describe('an upstream that names times', () => {
  engineTest('pauses the batch for that time, and no task probes', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine)
    for (const [i, ticket] of tickets.entries()) await ticket.release([postponed(i, { pauseMs: 3 * MINUTE_MS })])

    expect(await pauseOf(engine, id)).toBe(3)
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind: 'paused', isNamed: true } })
    await endPause(engine, id)
    const replies = []
    for (const ticket of tickets) replies.push(await ticket.lease(1))
    expect(replies.map(({ kind }) => kind)).toEqual(range(6).map(() => 'run'))
  })

  engineTest('and refuses calls after each of five such pauses in a row has one task probe', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine)
    const [ticket] = tickets
    await ticket.release([postponed(0, { pauseMs: 1 })])
    for (const _ of range(MANY - 1)) {
      await endPause(engine, id)
      const [seq = -1] = seqsOf(await ticket.lease(1))
      await ticket.release([postponed(seq, { pauseMs: 1 })])
    }

    expect(await pauseOf(engine, id)).toBe(1)
    expect(await readBatch(engine, id)).toMatchObject({ upstreamWait: { kind: 'paused', isNamed: false } })
  })

  engineTest('has nothing leased behind a call that began before the pause', async ({ engine }) => {
    const { id, tickets } = await startBatch(engine)
    const [refused, running] = tickets
    await refused.release([postponed(0, { pauseMs: MINUTE_MS })])
    await endPause(engine, id)

    expect(seqsOf(await running.leaseAhead(5))).toEqual([])
    await running.lease(1, [completed(1)])
    expect(seqsOf(await running.leaseAhead(5)), 'leased behind a call that began after it').not.toEqual([])
  })

  engineTest('is not called before that time, although a shorter pause would do', async ({ engine }) => {
    const { id, tickets } = await refuseAll(engine)
    await endPause(engine, id)
    const [seq = -1] = seqsOf(await tickets[0].lease(1))

    await tickets[0].release([postponed(seq, { pauseMs: 30 * MINUTE_MS })])

    expect(await pauseOf(engine, id)).toBe(30)
  })
})
