import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import type { TurnReply } from '../../src/scripts/take-turns.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, failed, postponed, retry } from '../support/outcomes.ts'
import { readRawBatch } from '../support/raw-batch.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/** Reads everything that a turn can change. A repeated turn must leave it unchanged. */
async function everythingOf(engine: Engine, id: string) {
  const { timings, failures, postponements } = engine.keys.batch(id)
  const raw = await readRawBatch(engine, id)
  return {
    // Epochs and editions may be skipped.
    raw: { ...raw, meta: { ...raw?.meta, epoch: '', edition: '' } },
    timings: await engine.redis.hgetall(timings),
    failures: await engine.redis.hgetall(failures),
    postponements: await engine.redis.hgetall(postponements),
  }
}

type Step = (ticket: TicketDriver) => Promise<TurnReply>

const STEPS: Record<string, Step> = {
  'that leased its first tasks': (ticket) => ticket.lease(3),
  'that settled tasks and leased others': async (ticket) => {
    await ticket.lease(4)
    return await ticket.lease(4, [completed(0), failed(1), retry(2), postponed(3)])
  },
  'that settled a due retry and leased it again': async (ticket) => {
    await ticket.lease(1)
    return await ticket.lease(4, [retry(0, { delayMs: 0 })])
  },
  'that settled a task and kept the rest': async (ticket) => {
    await ticket.lease(4)
    return await ticket.continue([failed(0)])
  },
  'that settled a task and kept the running one': async (ticket) => {
    await ticket.lease(4)
    return await ticket.keepRunning([completed(0)])
  },
  'that leased tasks behind the running one': async (ticket) => {
    await ticket.lease(2)
    return await ticket.leaseAhead(2, [completed(0)])
  },
  'that settled tasks and released the rest': async (ticket) => {
    await ticket.lease(4)
    return await ticket.release([completed(0), retry(1), postponed(2)])
  },
  'that paused the batch': async (ticket) => {
    await ticket.lease(4)
    return await ticket.continue([completed(0), postponed(1, { pauseMs: AN_HOUR_MS })])
  },
  'that found only delayed tasks': async (ticket) => {
    await ticket.lease(6)
    return await ticket.lease(
      6,
      range(6).map((seq) => retry(seq, { delayMs: (seq + 1) * AN_HOUR_MS })),
    )
  },
  'that settled the last tasks': async (ticket) => {
    await ticket.lease(6)
    return await ticket.lease(
      6,
      range(6).map((seq) => completed(seq)),
    )
  },
}

describe('a repeated turn', () => {
  engineTest.for(Object.keys(STEPS))('%s gets the same reply and settles nothing twice', async (name, { engine }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    const answer = await STEPS[name]?.(ticket)
    const before = await everythingOf(engine, id)

    const again = await ticket.repeat()

    expect(withoutTime(again)).toEqual(withoutTime(answer))
    expect(await everythingOf(engine, id)).toEqual(before)
  })

  engineTest('has the runtime limit checked, whose deadline the lost reply contained', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3, interruptionCriteria: { maxBatchRuntimeMs: AN_HOUR_MS } })
    const ticket = new TicketDriver(engine, id)
    const lost = await ticket.lease(1)
    await engine.maintenanceQueue.open().obliterate({ force: true })

    const again = await ticket.repeat()

    expect(lost).toMatchObject({ kind: 'run', deadlineMs: AN_HOUR_MS })
    if (again.kind !== 'run') throw new Error('the repeated turn got no lease')
    expect(again.deadlineMs).toBeGreaterThan(AN_HOUR_MS - 60_000)
    expect(again.deadlineMs).toBeLessThanOrEqual(AN_HOUR_MS)
    expect(await engine.maintenanceQueue.open().getDelayedCount()).toBe(1)
  })

  engineTest('leases nothing if its first execution leased nothing', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.lease(1, [completed(0)])
    await appendTasks(engine, id, [envelopes(3, 1)])

    const again = await ticket.repeat()

    expect(again).toEqual({ kind: 'wait', waitMs: 0 })
    expect((await readBatch(engine, id)).counts).toMatchObject({ running: 0, pending: 3 })
  })

  engineTest('changes nothing after a later turn', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    const late = { turn: 2, intent: 'lease', want: 6, outcomes: [retry(0, { delayMs: 0 })] } as const
    await ticket.send(late)
    await ticket.send({ turn: 3, intent: 'lease', want: 1, outcomes: [] })
    const before = await everythingOf(engine, id)

    const reply = await ticket.send(late)

    expect(reply).toEqual({ kind: 'superseded' })
    expect(await everythingOf(engine, id)).toEqual(before)
  })
})

/** Rounds the wait to hours: it is relative to now, so a repeat gets a slightly shorter one. */
function withoutTime(reply: TurnReply | undefined) {
  return reply?.kind === 'wait' ? { kind: 'wait', hours: Math.round(reply.waitMs / AN_HOUR_MS) } : reply
}
