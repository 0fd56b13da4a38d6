import { describe, expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { BatchNotFoundError, CursorInvalidError, TaskNotFoundError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { listTasks, type TaskFilter } from '../../src/task/list-tasks.ts'
import { readTask } from '../../src/task/read-task.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed, retry } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

/** Reads all pages, and returns the seqs on each. */
async function pagesOf(engine: Engine, id: string, filter: TaskFilter): Promise<number[][]> {
  const pages: number[][] = []
  for (let cursor: string | undefined; ;) {
    const { tasks, nextCursor } = await listTasks(engine, id, { ...filter, cursor })
    pages.push(tasks.map(({ seq }) => seq))
    if (nextCursor === null) return pages
    cursor = nextCursor
  }
}

/** Creates a batch of 600 tasks: every third failed, with two alternating classes; the last ten wait for a retry. */
async function mixedBatch(engine: Engine): Promise<string> {
  const id = await newBatch(engine, { tasks: 600, concurrency: 1 })
  await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => {
    if (seq >= 590) return retry(seq)
    return seq % 3 === 0 ? failed(seq, { failureClass: seq % 2 === 0 ? 'server' : 'auth' }) : completed(seq)
  })
  return id
}

const failedSeqs = range(590).filter((seq) => seq % 3 === 0)

describe('listing tasks', () => {
  engineTest.for([50, 100, 128, 129, 600, 1000])(
    'returns them in order, in pages of %i',
    async (pageSize, { engine }) => {
      const id = await newBatch(engine, { tasks: 600 })

      const pages = await pagesOf(engine, id, { pageSize })

      expect(pages.flat()).toEqual(range(600))
      expect(pages.length).toBe(Math.ceil(600 / pageSize))
    },
  )

  engineTest.for([5, 64, 150, 1000])('selects the tasks in one state, in pages of %i', async (pageSize, { engine }) => {
    const id = await mixedBatch(engine)

    expect((await pagesOf(engine, id, { pageSize, state: 'failed' })).flat()).toEqual(failedSeqs)
    expect((await pagesOf(engine, id, { pageSize, state: 'delayed' })).flat()).toEqual(range(10).map((i) => 590 + i))
    expect((await pagesOf(engine, id, { pageSize, state: 'running' })).flat()).toEqual([])
  })

  engineTest('selects the tasks with one key', async ({ engine }) => {
    const tasks = range(700).map((seq) =>
      JSON.stringify({ payload: 1, ...(seq % 2 === 0 && { key: `k${seq % 100}` }) }),
    )
    const id = await newBatch(engine, { tasks })

    expect((await pagesOf(engine, id, { pageSize: 3, key: 'k42' })).flat()).toEqual([42, 142, 242, 342, 442, 542, 642])
    expect((await pagesOf(engine, id, { pageSize: 3, key: 'k43' })).flat()).toEqual([])
    expect((await pagesOf(engine, id, { pageSize: 3, key: '' })).flat()).toEqual([])
  })

  engineTest('selects the tasks of one failure class', async ({ engine }) => {
    const id = await mixedBatch(engine)
    const ofOneClass = (seqs: number[]) => seqs.filter((seq) => seq % 2 === 0)

    const server = await pagesOf(engine, id, { pageSize: 40, failureClass: 'server' })
    const failedForGood = await pagesOf(engine, id, { pageSize: 40, failureClass: 'server', state: 'failed' })

    expect(server.flat()).toEqual([...ofOneClass(failedSeqs), ...range(10).map((i) => 590 + i)])
    expect(failedForGood.flat()).toEqual(ofOneClass(failedSeqs))
  })

  engineTest('limits pages of large tasks to about a megabyte, but to at least one task', async ({ engine }) => {
    const bytes = [1, 400_000, 400_000, 400_000, 1, 3_000_000, 1]
    const id = await newBatch(engine, { tasks: bytes.map((length) => `{"payload":"${'x'.repeat(length)}"}`) })

    expect(await pagesOf(engine, id, { pageSize: 100 })).toEqual([[0, 1, 2], [3, 4], [5], [6]])
    expect(await pagesOf(engine, id, { pageSize: 100, state: 'pending' })).toEqual([[0, 1, 2], [3, 4], [5], [6]])
  })

  engineTest('examines at most 16 MB per request', async ({ engine }) => {
    const payload = 'x'.repeat(200_000)
    const id = await newBatch(engine, { tasks: range(300).map(() => `{"payload":"${payload}"}`), concurrency: 1 })
    await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) =>
      seq === 290 ? failed(seq, { failureClass: 'auth' }) : completed(seq),
    )

    const pages = await pagesOf(engine, id, { pageSize: 5, failureClass: 'auth' })

    expect(pages.flat()).toEqual([290])
    expect(pages.length).toBeGreaterThan(2)
  })

  engineTest('returns none beyond the end, and none of an empty batch', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })
    const empty = await newBatch(engine)

    expect(await listTasks(engine, id, { pageSize: 5, cursor: '3' })).toEqual({ tasks: [], nextCursor: null })
    expect(await listTasks(engine, id, { pageSize: 5, cursor: '999' })).toEqual({ tasks: [], nextCursor: null })
    expect(await listTasks(engine, empty, { pageSize: 5 })).toEqual({ tasks: [], nextCursor: null })
  })

  engineTest('of an unknown batch is refused', async ({ engine }) => {
    await expect(listTasks(engine, 'nobody', { pageSize: 5 })).rejects.toThrow(BatchNotFoundError)
  })

  engineTest(
    'examines a bounded number of tasks per request: empty pages may precede a rare match',
    async ({ engine }) => {
      const id = await newBatch(engine, { tasks: 6000, concurrency: 1 })
      await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) =>
        seq === 5990 ? failed(seq, { failureClass: 'auth' }) : completed(seq),
      )

      const pages = await pagesOf(engine, id, { pageSize: 5, failureClass: 'auth' })

      expect(pages).toEqual([[], [5990]])
    },
  )
})

describe('reading one task', () => {
  engineTest('returns all its fields, with defaults from the batch', async ({ engine }) => {
    const envelope = '{"type":"mail","payload":{"to":"ä"},"key":"order-1","weights":{"tokens":12}}'
    const id = await newBatch(engine, { tasks: [envelope, '{"payload":null}'], type: 'work' })

    const task = await readTask(engine, id, 0)

    expect(task).toEqual({
      seq: 0,
      key: 'order-1',
      type: 'mail',
      state: 'pending',
      attempts: 0,
      maxAttempts: 3,
      payload: { to: 'ä' },
      weights: { tokens: 12 },
      appendedAt: task.appendedAt,
      dueAt: null,
      startedAt: null,
      finishedAt: null,
      durationMs: null,
      result: null,
      error: null,
    } satisfies typeof task)
    expect(await readTask(engine, id, 1)).toMatchObject({ type: 'work', key: null, weights: null, payload: null })
  })

  engineTest('is refused if the task or the batch does not exist', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 2 })

    await expect(readTask(engine, id, 2)).rejects.toThrow(TaskNotFoundError)
    await expect(readTask(engine, 'nobody', 0)).rejects.toThrow(BatchNotFoundError)
  })

  engineTest('refuses an invalid cursor of a list', async ({ engine }) => {
    const id = await newBatch(engine, { tasks: 3 })

    await expect(listTasks(engine, id, { pageSize: 5, cursor: '-1' })).rejects.toThrow(CursorInvalidError)
  })
})
