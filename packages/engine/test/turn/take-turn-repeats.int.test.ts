import { describe, expect } from 'vitest'
import { appendTasks } from '../../src/batch/append-tasks.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import type { TurnReply } from '../../src/scripts/take-turn.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { AN_HOUR_MS, completed, failed, postponed, retry } from '../support/outcomes.ts'
import { readRawBatch } from '../support/raw-batch.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/** What differs between two moments apart from the time: nothing, if a repeat is harmless. */
async function everythingOf(engine: Engine, id: string) {
  const { timings, failures, postponements } = engine.keys.batch(id)
  const raw = await readRawBatch(engine, id)
  return {
    // Numbers of epochs may be skipped.
    raw: { ...raw, meta: { ...raw?.meta, epoch: '' } },
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
  'that settled a retry which is due, and leased it again': async (ticket) => {
    await ticket.lease(1)
    return await ticket.lease(4, [retry(0, { delayMs: 0 })])
  },
  'that settled a task and kept the rest': async (ticket) => {
    await ticket.lease(4)
    return await ticket.continue([failed(0)])
  },
  'that settled a task while another ran on': async (ticket) => {
    await ticket.lease(4)
    return await ticket.keepRunning([completed(0)])
  },
  'that settled tasks and gave the rest back': async (ticket) => {
    await ticket.lease(4)
    return await ticket.release([completed(0), retry(1), postponed(2)])
  },
  'that had the whole batch rest': async (ticket) => {
    await ticket.lease(4)
    return await ticket.continue([completed(0), postponed(1, { pauseMs: AN_HOUR_MS })])
  },
  'that found nothing but delayed tasks': async (ticket) => {
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

describe('a turn that arrives twice', () => {
  engineTest.for(Object.keys(STEPS))(
    '%s: gets the same answer, and nothing is settled twice',
    async (name, { engine }) => {
      const id = await newBatch(engine, { tasks: 6, concurrency: 1 })
      const ticket = new TicketDriver(engine, id)
      const answer = await STEPS[name]?.(ticket)
      const before = await everythingOf(engine, id)

      const again = await ticket.repeat()

      expect(withoutTime(again)).toEqual(withoutTime(answer))
      expect(await everythingOf(engine, id)).toEqual(before)
    },
  )

  engineTest('leases nothing the second time when the first time there was nothing', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 1, sealed: false })
    const ticket = new TicketDriver(engine, id)
    await ticket.lease(1)
    await ticket.lease(1, [completed(0)])
    await appendTasks(engine, id, [envelopes(3, 1)])

    const again = await ticket.repeat()

    expect(again).toEqual({ kind: 'wait', waitMs: 0 })
    expect((await readBatch(engine, id)).counts).toMatchObject({ running: 0, pending: 3 })
  })

  engineTest('changes nothing when later turns have been taken since', async ({ engine }) => {
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

/** How long to wait is counted from now: in hours it is the same. */
function withoutTime(reply: TurnReply | undefined) {
  return reply?.kind === 'wait' ? { kind: 'wait', hours: Math.round(reply.waitMs / AN_HOUR_MS) } : reply
}
