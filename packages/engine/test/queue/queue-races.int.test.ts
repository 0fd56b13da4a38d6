import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { createBatch } from '../../src/batch/create-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import { retryTasks } from '../../src/batch/retry-tasks.ts'
import type { Engine } from '../../src/engine.ts'
import { SluiceError } from '../../src/errors.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { findQueueSettings } from '../../src/settings/queue-settings.ts'
import { issueTickets } from '../../src/ticket/issue-tickets.ts'
import { serveTickets } from '../../src/turn/serve-tickets.ts'
import { envelopes, newBatch } from '../support/batches.ts'
import { addWorker, engineTest as anyEngineTest, expectNoTrace, removeKeys } from '../support/engine-test.ts'
import { raceAtEveryMoment, type Ending, type Race } from '../support/every-moment.ts'
import { failed } from '../support/outcomes.ts'
import { runSpreads } from '../support/run-spreads.ts'
import { TicketDriver } from '../support/ticket-driver.ts'

/*
 * Changes of a queue that meet each other, or its batches. One process pauses at each of its commands in turn while
 * another one acts, and then goes on, or dies. What a death leaves is repaired by one pass of the reconciler.
 */

interface Setup {
  queue: string
  /** A batch of the queue, if the race is about one. */
  id: string
}

type Ends = { slow: Ending; meanwhile: Ending; moment: string }

const engineTest = anyEngineTest.extend('race', ({ engine, openEngine, redis, prefix }) => {
  const rival = openEngine()
  return async (race: {
    prepare: (rival: Engine, queue: string) => Promise<string | void>
    slow: (engine: Engine, setup: Setup) => Promise<unknown>
    meanwhile: (rival: Engine, setup: Setup) => Promise<unknown>
    check: (rival: Engine, setup: Setup, ends: Ends) => Promise<void>
  }): Promise<void> => {
    await raceAtEveryMoment<Setup>(engine, {
      prepare: async (queue) => ({ queue, id: (await race.prepare(rival, queue)) ?? '' }),
      slow: race.slow,
      meanwhile: (setup) => race.meanwhile(rival, setup),
      check: async (setup, ends) => {
        expectNoBug(ends)
        if (ends.slow.kind === 'died') await reconcile(rival)
        await expectQueueToDoWhatItSays(rival, setup.queue, ends.moment)
        await race.check(rival, setup, ends)
        await removeKeys(redis, prefix)
      },
    } satisfies Race<Setup>)
  }
})

/** Refusals are fine, and so is the death of the slow process. */
function expectNoBug(ends: Ends): void {
  for (const end of [ends.slow, ends.meanwhile]) {
    if (end.kind === 'failed') expect(end.error, `at command ${ends.moment}`).toBeInstanceOf(SluiceError)
  }
}

/** BullMQ has the settings of a queue, and no key of a queue that does not exist. */
async function expectQueueToDoWhatItSays(engine: Engine, name: string, moment: string): Promise<void> {
  const settings = await findQueueSettings(engine, name)
  const queue = engine.ticketQueues.open(name)
  const keys = await findKeys(engine.redis, `${engine.keys.tickets(name)}*`)
  // BullMQ lets this key expire after five seconds.
  const left = keys.filter((key) => !key.endsWith(':stalled-check')).map((key) => key.split(':').at(-1))
  if (!settings) return expect(left, `at command ${moment}: keys of a deleted queue`).toEqual([])
  expect(
    { concurrency: await queue.getGlobalConcurrency(), paused: await queue.isPaused() },
    `at command ${moment}`,
  ).toEqual({
    concurrency: settings.concurrency,
    paused: settings.paused,
  })
}

/** An active batch is in a queue that exists, and has its ticket. */
async function expectBatchToRun(engine: Engine, id: string, queue: string, moment: string): Promise<void> {
  const { state, counts } = await readBatch(engine, id)
  if (state !== 'active') return
  expect(await findQueueSettings(engine, queue), `at command ${moment}: the queue of an active batch`).toBeDefined()
  await reconcile(engine)
  const hasTicket = (await engine.ticketQueues.open(queue).getJob(`${id}.0`)) !== undefined
  expect({ hasTicket, counts }, `at command ${moment}`).toMatchObject({
    hasTicket: true,
    counts: { pending: counts.total },
  })
}

async function create(engine: Engine, { queue }: Setup): Promise<unknown> {
  return await createBatch(engine, { queue, code: 'new', tasks: envelopes(2) })
}

/** Creates a completed batch whose only task has failed. */
async function failedBatch(engine: Engine, queue: string): Promise<string> {
  await putQueue(engine, queue, { concurrency: 2 })
  const id = await newBatch(engine, { queue, tasks: 1, concurrency: 1 })
  const ticket = new TicketDriver(engine, id)
  await ticket.lease(1)
  await ticket.lease(1, [failed(0)])
  await engine.ticketQueues.open(queue).remove(`${id}.0`)
  return id
}

/** Starts to serve a queue, as a worker does, and ends it. */
async function serve(engine: Engine, queue: string): Promise<void> {
  const service = await serveTickets(engine, queue, {
    concurrency: 1,
    workerId: await addWorker(engine),
    runTicket: async () => ({ kind: 'retire' }),
    onError: () => {},
  })
  await service.close()
}

describe('deleting a queue', { timeout: 60_000 }, () => {
  const remove = (engine: Engine, { queue }: Setup) => deleteQueue(engine, queue)

  const checkCreation = async (rival: Engine, { queue }: Setup, { slow, meanwhile, moment }: Ends) => {
    const id = await rival.redis.hget(rival.keys.codes, 'default/new')
    if (id !== null) await expectBatchToRun(rival, id, queue, moment)
    expect(slow.kind === 'done' && meanwhile.kind === 'done', `at command ${moment}: both succeeded`).toBe(false)
  }

  engineTest('succeeds, or a slow creation of a batch in it does', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: create,
      meanwhile: remove,
      check: checkCreation,
    })
  })

  engineTest('slowly succeeds, or the creation of a batch in it does', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: remove,
      meanwhile: create,
      check: checkCreation,
    })
  })

  const retry = (engine: Engine, { id }: Setup) => retryTasks(engine, id)

  const checkRetry = async (rival: Engine, { queue, id }: Setup, { slow, meanwhile, moment }: Ends) => {
    await expectBatchToRun(rival, id, queue, moment)
    expect(slow.kind === 'done' && meanwhile.kind === 'done', `at command ${moment}: both succeeded`).toBe(false)
  }

  engineTest('succeeds, or a slow retry of a completed batch in it does', async ({ race }) => {
    await race({ prepare: failedBatch, slow: retry, meanwhile: remove, check: checkRetry })
  })

  engineTest('slowly succeeds, or the retry of a completed batch in it does', async ({ race }) => {
    await race({ prepare: failedBatch, slow: remove, meanwhile: retry, check: checkRetry })
  })

  engineTest('leaves no keys if a slow worker begins to serve the queue', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: (process, { queue }) => serve(process, queue),
      meanwhile: remove,
      check: async (_rival, _setup, { meanwhile }) => expect(meanwhile.kind).toBe('done'),
    })
  })

  engineTest('leaves no keys and is not refused if a worker begins to serve the queue', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: remove,
      meanwhile: (rival, { queue }) => serve(rival, queue),
      check: async (_rival, _setup, { slow }) => expect(slow.kind).not.toBe('failed'),
    })
  })

  engineTest(
    'leaves no keys and is not refused if a process resumes the queue by earlier settings',
    async ({ race }) => {
      await race({
        prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
        slow: remove,
        meanwhile: async (rival, { queue }) => {
          await rival.ticketQueues.open(queue).resume()
          // It looks again, as every process does that applies settings.
          await rival.ticketQueues.open(queue).obliterate({ force: true })
        },
        check: async (_rival, _setup, { slow }) => expect(slow.kind).not.toBe('failed'),
      })
    },
  )

  engineTest('leaves no ticket of a batch that a slow process plans', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => {
        await putQueue(rival, queue, {})
        const id = await newBatch(rival, { queue, tasks: 2, concurrency: 1 })
        await rival.ticketQueues.open(queue).remove(`${id}.0`)
        return id
      },
      slow: (process, { id }) => issueTickets(process, id),
      meanwhile: async (rival, setup) => {
        await cancelBatch(rival, setup.id)
        await remove(rival, setup)
      },
      check: async (_rival, _setup, { meanwhile }) => expect(meanwhile.kind).toBe('done'),
    })
  })

  engineTest('leaves no keys, or a slow change of the queue creates it again', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: (process, { queue }) => putQueue(process, queue, { concurrency: 3, paused: true }),
      meanwhile: remove,
      check: async () => {},
    })
  })

  engineTest('slowly leaves a queue that is created again with its settings', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: remove,
      meanwhile: (rival, { queue }) => putQueue(rival, queue, { concurrency: 3, paused: true }),
      check: async () => {},
    })
  })
})

describe('changing a queue', { timeout: 60_000 }, () => {
  engineTest('makes it do what its stored settings say if a slow change meets another one', async ({ race }) => {
    for (const paused of [true, false]) {
      await race({
        prepare: async (rival, queue) => void (await putQueue(rival, queue, {})),
        slow: (process, { queue }) => putQueue(process, queue, { concurrency: 3, paused }),
        meanwhile: (rival, { queue }) => putQueue(rival, queue, { concurrency: 7, paused: !paused }),
        check: async (rival, { queue }, { slow }) => {
          expect(slow.kind).not.toBe('failed')
          expect(await findQueueSettings(rival, queue)).toBeDefined()
        },
      })
    }
  })

  const change = async (engine: Engine, { queue }: Setup) => {
    await putQueue(engine, queue, { concurrency: 7 })
    await runSpreads(engine)
  }

  /** The tickets of a batch follow from the stored concurrency, at the latest after a pass of the reconciler. */
  const checkTickets = async (rival: Engine, { queue }: Setup, { slow, moment }: Ends) => {
    const id = await rival.redis.hget(rival.keys.codes, 'default/new')
    if (id === null) return expect(slow.kind, `at command ${moment}`).toBe('died')
    const settings = await findQueueSettings(rival, queue)
    const tickets = await rival.redis.hget(rival.keys.batch(id).meta, 'tickets')
    expect(Number(tickets), `at command ${moment}`).toBe(settings?.concurrency)
  }

  engineTest('gives its concurrency to a batch whose creation is slow', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: create,
      meanwhile: change,
      check: checkTickets,
    })
  })

  engineTest('slowly gives its concurrency to a batch that is created meanwhile', async ({ race }) => {
    await race({
      prepare: async (rival, queue) => void (await putQueue(rival, queue, { concurrency: 2 })),
      slow: change,
      meanwhile: create,
      check: checkTickets,
    })
  })

  engineTest('leaves no key of a batch that is deleted meanwhile', async ({ race, redis, prefix }) => {
    await race({
      prepare: async (rival, queue) => {
        await putQueue(rival, queue, { concurrency: 2 })
        return await newBatch(rival, { queue, tasks: 2 })
      },
      slow: change,
      meanwhile: async (rival, { queue, id }) => {
        await cancelBatch(rival, id)
        await deleteBatch(rival, id)
        // The tickets of a deleted batch end when they run.
        await rival.ticketQueues.open(queue).drain()
      },
      check: async (rival, { queue, id }, { moment }) => {
        await rival.ticketQueues.open(queue).drain()
        await expectNoTrace(redis, prefix, id, moment)
      },
    })
  })
})
