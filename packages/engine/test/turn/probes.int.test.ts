import { describe, expect } from 'vitest'
import { interruptBatch } from '../../src/batch/interrupt-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { resumeBatch } from '../../src/batch/resume-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import { range } from '../../src/range.ts'
import { planTicketsScript } from '../../src/scripts/plan-tickets.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, postponed, retry } from '../support/outcomes.ts'
import { seqsOf, TicketDriver } from '../support/ticket-driver.ts'
import {
  LONG,
  MANY,
  MINUTE_MS,
  endPause,
  fieldsOf,
  pauseOf,
  reachNextStart,
  refuseAll,
  reopen,
  startBatch,
} from '../support/refused-batches.ts'

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
