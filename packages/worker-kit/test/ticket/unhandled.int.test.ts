import { appendTasks, createBatch, readBatch, readQueue, type Engine, type Waiting } from '@sluice/engine'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { submit, tasksOf, until, untilFinished, workerTest } from '../support/worker-test.ts'

/** Less than the 15 s between two passes of the reconciler: what happens within this time did not wait for it. */
const SOON_MS = 8000

const work = () => 'done'
const slowWork = () => sleep(5)

async function waitingOf(engine: Engine, id: string): Promise<Waiting[]> {
  return (await readBatch(engine, id)).waitingFor
}

async function ticketsOf(engine: Engine): Promise<number> {
  const { active, waiting, delayed } = (await readQueue(engine, 'default')).tickets
  return active + waiting + delayed
}

/** The states of a batch's tasks and the attempts that they have spent, without repetitions. */
async function endsOf(engine: Engine, id: string): Promise<string[]> {
  return [...new Set((await tasksOf(engine, id)).map(({ state, attempts }) => `${state} in attempt ${attempts}`))]
}

describe('a worker without the handler of a task', { timeout: 30_000 }, () => {
  workerTest('leaves all tasks to a worker that has it, without an attempt spent', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { other: work } })
    await startWorker({ handlers: { other: work, work: slowWork } })

    const id = await submit(engine, { count: 200, retry: { maxAttempts: 1 } })

    expect((await untilFinished(engine, id, SOON_MS)).counts).toMatchObject({ completed: 200, failed: 0 })
    expect(await endsOf(engine, id)).toEqual(['completed in attempt 1'])
  })

  workerTest('leaves the only ticket to it although each worker has one slot', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { other: work }, concurrency: 1 })
    await startWorker({ handlers: { work }, concurrency: 1 })

    const batches = [1, 2, 3].map(() => submit(engine, { count: 20, concurrency: 1 }))

    for (const id of await Promise.all(batches)) {
      expect((await untilFinished(engine, id, SOON_MS)).counts).toMatchObject({ completed: 20, failed: 0 })
    }
  })

  workerTest('still runs batches of the same queue that it has handlers for', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work } })
    const odd = await submit(engine, { count: 50, type: 'odd' })

    const id = await submit(engine, { count: 50 })

    expect((await untilFinished(engine, id, SOON_MS)).counts).toMatchObject({ completed: 50 })
    expect((await readBatch(engine, odd)).counts).toMatchObject({ pending: 50 })
  })

  workerTest('leaves a batch once a task of the missing type joins it', async ({ engine, startWorker }) => {
    let ran = 0
    await startWorker({
      handlers: {
        work: async () => {
          ran += 1
          await sleep(5)
        },
      },
      concurrency: 2,
    })
    const id = await submit(engine, { count: 400, sealed: false })
    await until(() => ran > 10)

    await appendTasks(engine, id, [['{"type":"late","payload":1}']])
    await until(async () => (await waitingOf(engine, id)).some(({ kind }) => kind === 'no_handler'))
    await until(async () => (await readBatch(engine, id)).counts.running === 0)
    const { counts } = await readBatch(engine, id)
    await startWorker({ handlers: { work, late: work } })

    expect(counts.pending).toBeGreaterThan(0)
    expect(counts.failed).toBe(0)
    await until(async () => (await readBatch(engine, id)).counts.completed === 401, SOON_MS)
    expect(await endsOf(engine, id)).toEqual(['completed in attempt 1'])
  })

  workerTest('runs a task whose type has the name of a property of all objects', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work } })

    const id = await submit(engine, { envelopes: [{ type: 'toString', payload: 1 }] })

    await until(async () => (await waitingOf(engine, id)).length > 0)
    expect(await waitingOf(engine, id)).toEqual([{ kind: 'no_handler', types: ['toString'] }])
  })
})

describe('a batch with a type that no worker handles', { timeout: 30_000 }, () => {
  workerTest('waits and says so, and runs once a worker with the handler starts', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work } })
    const id = await submit(engine, { count: 200, type: 'wrok' })
    await until(async () => (await ticketsOf(engine)) === 0)

    expect(await waitingOf(engine, id)).toEqual([{ kind: 'no_handler', types: ['wrok'] }])
    expect((await readBatch(engine, id)).counts).toMatchObject({ pending: 200, failed: 0 })
    await startWorker({ handlers: { work, wrok: slowWork } })

    expect((await untilFinished(engine, id, SOON_MS)).counts).toMatchObject({ completed: 200, failed: 0 })
    expect(await endsOf(engine, id)).toEqual(['completed in attempt 1'])
  })

  workerTest('gets no tickets, so that its workers have nothing to pass on', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work } })

    await submit(engine, { count: 200, type: 'wrok' })

    expect(await ticketsOf(engine)).toBe(0)
  })

  workerTest('loses its tickets when the last worker with the handler stops', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work } })
    const right = await startWorker({ handlers: { odd: slowWork } })
    const id = await submit(engine, { count: 10_000, type: 'odd', concurrency: 20 })
    await until(async () => (await readBatch(engine, id)).counts.completed > 0)

    await right.close()

    await until(async () => (await ticketsOf(engine)) === 0, SOON_MS)
    expect(await waitingOf(engine, id)).toEqual([{ kind: 'no_handler', types: ['odd'] }])
    expect((await readBatch(engine, id)).counts).toMatchObject({ running: 0, failed: 0 })
  })

  workerTest('names all its types if each has a worker, but none has them all', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { a: work } })
    await startWorker({ handlers: { b: work } })
    const tasks = ['{"type":"a","payload":1}', '{"type":"b","payload":1}']

    const { id } = (await createBatch(engine, { tasks })).batch

    expect(await waitingOf(engine, id)).toEqual([{ kind: 'no_handler', types: ['a', 'b'] }])
    await startWorker({ handlers: { a: work, b: work } })
    expect((await untilFinished(engine, id, SOON_MS)).counts).toMatchObject({ completed: 2 })
  })

  workerTest('does not count workers that serve other queues', async ({ engine, startWorker }) => {
    await startWorker({ handlers: { work }, queues: ['other'] })

    const id = await submit(engine, { count: 1 })

    expect(await waitingOf(engine, id)).toEqual([{ kind: 'no_worker' }])
  })
})
