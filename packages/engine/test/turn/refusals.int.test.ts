import { describe, expect } from 'vitest'
import { readBatch } from '../../src/batch/read-batch.ts'
import { range } from '../../src/range.ts'
import { receiveSignals, type Signal } from '../../src/signals.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, postponed } from '../support/outcomes.ts'
import { seqsOf, TicketDriver } from '../support/ticket-driver.ts'
import {
  LONG,
  MANY,
  MINUTE_MS,
  endPause,
  fieldsOf,
  pauseOf,
  refuseAll,
  startBatch,
} from '../support/refused-batches.ts'

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
