import { describe, expect } from 'vitest'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import type { Engine } from '../../src/engine.ts'
import { SluiceError } from '../../src/errors.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { takeTurnsScript } from '../../src/scripts/take-turns.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest, expectNoTrace, removeKeys } from '../support/engine-test.ts'
import { raceAtEveryMoment, type Ending, type Race } from '../support/every-moment.ts'
import { expectIndexesToFollow } from '../support/indexes.ts'
import { completed, failed } from '../support/outcomes.ts'
import { reconcileLater } from '../support/reconcile-later.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

/*
 * What a worker, clients and the reconciler do to a finished batch at the same time. One of them pauses at each of its
 * commands in turn while another one acts, and then goes on, or dies.
 */

const TWO_MINUTES_MS = 120_000

/** Creates a batch whose only task is leased. The next turn of the ticket may settle it. */
async function leasedBatch(engine: Engine): Promise<{ id: string; ticket: TicketDriver }> {
  const id = await newBatch(engine, { tasks: 1, concurrency: 1 })
  const ticket = new TicketDriver(engine, id)
  await ticket.lease(1)
  return { id, ticket }
}

/** Creates a completed batch with one failed task, and returns its id. */
async function failedBatch(engine: Engine): Promise<string> {
  const { id, ticket } = await leasedBatch(engine)
  await ticket.lease(1, [failed(0)])
  return id
}

const OPERATIONS = {
  retry: (engine: Engine, id: string) => retryTasks(engine, id),
  deletion: (engine: Engine, id: string) => deleteBatch(engine, id),
  'pass of the reconciler': (engine: Engine) => reconcile(engine),
  'pass after the retention': (engine: Engine) =>
    reconcile({ ...engine, quotas: { ...engine.quotas, retentionMs: 0 } }),
  'retry that runs to the end': async (engine: Engine, id: string) => {
    await retryTasks(engine, id)
    await runToEnd(new TicketDriver(engine, id, { run: '2.1' }), 1, ({ seq }) => completed(seq))
  },
}

type Operation = keyof typeof OPERATIONS

const RACES: [Operation, Operation][] = [
  ['retry', 'deletion'],
  ['retry', 'pass of the reconciler'],
  ['retry', 'pass after the retention'],
  ['retry', 'retry that runs to the end'],
  ['deletion', 'retry'],
  ['deletion', 'deletion'],
  ['deletion', 'pass of the reconciler'],
  ['deletion', 'pass after the retention'],
  ['pass after the retention', 'retry'],
  ['pass after the retention', 'retry that runs to the end'],
]

describe('a finished batch', { timeout: 60_000 }, () => {
  engineTest.for(RACES)(
    'is retried or deleted, and nothing in between, if a slow %s meets a %s',
    async ([slow, meanwhile], { engine, openEngine, redis, prefix }) => {
      const rival = openEngine()

      await raceAtEveryMoment<string>(engine, {
        prepare: () => failedBatch(rival),
        slow: (process, id) => OPERATIONS[slow](process, id),
        meanwhile: (id) => OPERATIONS[meanwhile](rival, id),
        check: async (id, ends) => {
          expectNoBug(ends)
          const hasRetried =
            (slow === 'retry' && ends.slow.kind === 'done') || (meanwhile === 'retry' && ends.meanwhile.kind === 'done')
          await expectRetriedOrDeleted(rival, id, { hasRetried, ...ends })
          if ((await redis.exists(rival.keys.batch(id).meta)) === 0) {
            await expectNoTrace(redis, prefix, id, ends.moment)
          }
          await removeKeys(redis, prefix)
        },
      })
    },
  )

  /** Passes of the reconciler repair what a death left; without one there is nothing to repair. */
  async function expectRetriedOrDeleted(
    engine: Engine,
    id: string,
    { slow, moment, hasRetried }: { slow: Ending; moment: string; hasRetried: boolean },
  ): Promise<void> {
    if (slow.kind === 'died') {
      await reconcile(engine)
      await reconcileLater(engine, TWO_MINUTES_MS)
    }
    await expectIndexesToFollow(engine, id, moment)
    const { state } = await readBatch(engine, id).catch(() => ({ state: 'deleted' }))
    if (hasRetried) expect(state, `at command ${moment}: a retry that succeeded is not undone`).not.toBe('deleted')
    const hasTicket = (await engine.ticketQueues.open('default').getJob(`${id}.0`)) !== undefined
    if (state === 'active') expect(hasTicket, `at command ${moment}: an active batch has its ticket`).toBe(true)
  }
})

/** Refusals are fine, and so is the death of the slow process. */
function expectNoBug(ends: { slow: Ending; meanwhile: Ending; moment: string }): void {
  for (const end of [ends.slow, ends.meanwhile]) {
    if (end.kind === 'failed') expect(end.error, `at command ${ends.moment}`).toBeInstanceOf(SluiceError)
  }
}

describe('a batch that completes', { timeout: 60_000 }, () => {
  const raceOfTheLastTurn = (
    rival: Engine,
    meanwhile: (id: string) => Promise<unknown>,
    check: Race<{ id: string; ticket: TicketDriver }>['check'],
  ): Race<{ id: string; ticket: TicketDriver }> => ({
    prepare: () => leasedBatch(rival),
    slow: (process, { ticket }) => ticket.as(process).lease(1, [failed(0)]),
    meanwhile: ({ id }) => meanwhile(id),
    check,
  })

  engineTest(
    'is listed as what it is, and keeps its results for its retention, if a slow worker meets a retry',
    async ({ engine, openEngine }) => {
      const rival = openEngine()
      const check: Race<{ id: string }>['check'] = async ({ id }, ends) => {
        expectNoBug(ends)
        if (ends.slow.kind === 'died') await reconcile(rival)
        await expectIndexesToFollow(rival, id, ends.moment)
        if (ends.meanwhile.kind !== 'done') return

        await completeUnindexed(rival, id)
        await reconcile(rival)

        expect(await readBatch(rival, id), `at command ${ends.moment}`).toMatchObject({
          state: 'completed',
          counts: { completed: 1 },
        })
        await expectIndexesToFollow(rival, id, `at command ${ends.moment}, then completed again`)
      }

      await raceAtEveryMoment(
        engine,
        raceOfTheLastTurn(rival, (id) => retryTasks(rival, id), check),
      )
    },
  )

  /** Completes a batch whose worker dies before it indexes the batch. */
  async function completeUnindexed({ redis, keys }: Engine, id: string): Promise<void> {
    const turn = { ticket: 0, run: '2.1', intent: 'lease', want: 1 } as const
    for (const [i, outcomes] of [[], [completed(0)]].entries()) {
      const turns = [{ ...turn, turn: i + 1, outcomes }]
      await takeTurnsScript.run(redis, keys.batch(id), { turns, types: ['http'], signals: keys.signals })
    }
  }

  engineTest(
    'leaves no index entry if a slow worker meets its deletion',
    async ({ engine, openEngine, redis, prefix }) => {
      const rival = openEngine()
      const check: Race<{ id: string }>['check'] = async ({ id }, ends) => {
        expectNoBug(ends)
        if (ends.slow.kind === 'died') await reconcile(rival)
        if (ends.meanwhile.kind === 'done') await expectNoTrace(redis, prefix, id, ends.moment)
        else await expectIndexesToFollow(rival, id, ends.moment)
      }

      await raceAtEveryMoment(
        engine,
        raceOfTheLastTurn(rival, (id) => deleteBatch(rival, id), check),
      )
    },
  )
})
