import { setImmediate } from 'node:timers/promises'
import { expect } from 'vitest'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import type { Outcome, TurnReply } from '../../src/scripts/take-turns.ts'
import { newBatch, tasksOf } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, retry } from '../support/outcomes.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

const ROUNDS = 40
const TASKS = 30

interface Race {
  end: TurnReply
  /** The number of outcomes that Redis recorded: those of turns that were not superseded. */
  reported: number
}

/** Takes turns until a turn is superseded or the batch has stopped, and sends some turns twice. */
async function runTicket(ticket: TicketDriver, settle: (seq: number) => Outcome): Promise<Race> {
  let outcomes: Outcome[] = []
  for (let reported = 0; ;) {
    const sent = ticket.lease(1 + Math.floor(Math.random() * 4), outcomes)
    const [reply] = await Promise.all([sent, Math.random() < 0.2 ? ticket.repeat() : undefined])
    if (reply.kind !== 'superseded') reported += outcomes.length
    if (reply.kind !== 'run' && reply.kind !== 'wait') return { end: reply, reported }
    outcomes = reply.kind === 'run' ? reply.tasks.map(({ seq }) => settle(seq)) : []
  }
}

/** Waits for `steps` ticks, so that the other side starts earlier. */
async function startLate(steps: number): Promise<void> {
  for (const _ of range(steps)) await setImmediate()
}

async function countRecorded({ redis, keys }: Engine, id: string, histogram: string): Promise<number> {
  const buckets = Object.entries(await redis.hgetall(keys.batch(id).timings))
  const ofThis = buckets.filter(([field]) => field.startsWith(`${histogram}:`))
  return ofThis.reduce((sum, [, count]) => sum + Number(count), 0)
}

engineTest(
  'the later of two racing runs of a ticket wins, and each task is recorded exactly once',
  async ({ engine, openEngine }) => {
    const rival = openEngine()
    const ends: string[] = []

    for (const round of range(ROUNDS)) {
      const id = await newBatch(engine, { tasks: TASKS, concurrency: 1, retry: { maxAttempts: 100 } })
      const earlier = new TicketDriver(engine, id, { run: '1.1' })
      const later = new TicketDriver(rival, id, { run: '1.2' })

      const [first, second] = await Promise.all([
        runTicket(earlier, (seq) => completed(seq, { result: '1.1' })),
        startLate(round * 3).then(() => runTicket(later, (seq) => completed(seq, { result: '1.2' }))),
      ])

      ends.push(first.end.kind)
      expect(second.end).toEqual({ kind: 'inactive', state: 'completed' })
      expect((await readBatch(engine, id)).counts).toMatchObject({ total: TASKS, completed: TASKS })
      expect(await countRecorded(engine, id, 'execution')).toBe(TASKS)
      expect(await countRecorded(engine, id, 'lifetime')).toBe(TASKS)
      const results = (await tasksOf(engine, id)).map(({ result }) => result)
      expect(results.filter((result) => result === '1.1')).toHaveLength(first.reported)
      expect(results.filter((result) => result === '1.2')).toHaveLength(second.reported)
    }

    expect(new Set(ends), 'in some round the runs overlapped').toContain('superseded')
  },
)

engineTest('each attempt is counted once while several tickets and runs race', async ({ engine, openRivals }) => {
  const engines = await openRivals(3)
  const id = await newBatch(engine, { tasks: 300, concurrency: 3, retry: { maxAttempts: 100 } })
  const failing = new Set(range(300).filter((seq) => seq % 3 === 0))
  const settle = (seq: number) => (failing.delete(seq) ? retry(seq, { delayMs: 0 }) : completed(seq))
  const runs = engines.flatMap((each, i) =>
    range(3).map((ticket) => ({ driver: new TicketDriver(each, id, { ticket, run: `1.${i + 1}` }), late: i * 60 })),
  )

  const races = await Promise.all(
    runs.map(async ({ driver, late }) => {
      await startLate(late)
      return await runTicket(driver, settle)
    }),
  )

  const reported = races.reduce((sum, race) => sum + race.reported, 0)
  expect((await readBatch(engine, id)).counts).toMatchObject({ total: 300, completed: 300 })
  expect(await countRecorded(engine, id, 'lifetime')).toBe(300)
  expect(await countRecorded(engine, id, 'execution')).toBe(reported)
})
