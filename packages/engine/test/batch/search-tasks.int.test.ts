import { describe, expect } from 'vitest'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { searchTasks, type TaskSearch } from '../../src/batch/search-tasks.ts'
import type { Engine } from '../../src/engine.ts'
import { CursorInvalidError } from '../../src/errors.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { range } from '../../src/range.ts'
import { newBatch } from '../support/batches.ts'
import { engineTest } from '../support/engine-test.ts'
import { completed, failed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'

/** Reads all pages, and returns `<batch>:<seq>` on each. */
async function pagesOf(engine: Engine, search: TaskSearch): Promise<string[][]> {
  const pages: string[][] = []
  for (let cursor: string | undefined; ;) {
    const { tasks, nextCursor } = await searchTasks(engine, { ...search, cursor })
    pages.push(tasks.map(({ code, seq }) => `${code}:${seq}`))
    if (nextCursor === null) return pages
    cursor = nextCursor
  }
}

/** Sets the creation times of batches, so that the first is the oldest. */
async function inOrder({ redis, keys }: Engine, ids: readonly string[]): Promise<void> {
  for (const [i, id] of ids.entries()) await redis.zadd(keys.batches, 'XX', 1000 + i, id)
}

const down = (code: string, count: number) =>
  range(count)
    .toReversed()
    .map((seq) => `${code}:${seq}`)

describe('a search of tasks', () => {
  engineTest.for([1, 3, 128, 1000])(
    'returns those of the newest batch first, and the last one first, in pages of %i',
    async (pageSize, { engine }) => {
      const counts = { a: 5, b: 0, c: 140, d: 2 }
      const ids = []
      for (const [code, tasks] of Object.entries(counts)) ids.push(await newBatch(engine, { code, tasks }))
      await inOrder(engine, ids)

      const pages = await pagesOf(engine, { pageSize })

      expect(pages.flat()).toEqual([...down('d', 2), ...down('c', 140), ...down('a', 5)])
      expect(pages.every((page) => page.length <= pageSize)).toBe(true)
    },
  )

  engineTest.for([2, 1000])(
    'finds tasks by state, type, queue, class and key, in pages of %i',
    async (pageSize, { engine }) => {
      await putQueue(engine, 'other', {})
      const tasks = range(300).map((i) =>
        JSON.stringify({ payload: i, key: `k${i % 7}`, ...(i % 3 === 0 && { type: 'mail' }) }),
      )
      const a = await newBatch(engine, { code: 'a', tasks, concurrency: 1 })
      const b = await newBatch(engine, { code: 'b', tasks: 3, queue: 'other', type: 'mail' })
      await inOrder(engine, [a, b])
      const driver = new TicketDriver(engine, a, { types: ['http', 'mail'] })
      await runToEnd(driver, 128, ({ seq }) =>
        seq % 50 === 7 ? failed(seq, { failureClass: 'auth' }) : completed(seq),
      )
      const seqs = async (search: Partial<TaskSearch>) => (await pagesOf(engine, { pageSize, ...search })).flat()
      const ofA = (isWanted: (seq: number) => boolean) =>
        range(300)
          .toReversed()
          .filter(isWanted)
          .map((seq) => `a:${seq}`)

      expect(await seqs({ state: 'failed' })).toEqual(ofA((seq) => seq % 50 === 7))
      expect(await seqs({ failureClass: 'auth', key: 'k1' })).toEqual(ofA((seq) => seq % 50 === 7 && seq % 7 === 1))
      expect(await seqs({ state: 'pending' })).toEqual(down('b', 3))
      expect(await seqs({ queue: 'other', key: 'k1' })).toEqual([])
      expect(await seqs({ type: 'mail' })).toEqual([...down('b', 3), ...ofA((seq) => seq % 3 === 0)])
      expect(await seqs({ type: 'http', key: 'k5' })).toEqual(ofA((seq) => seq % 3 !== 0 && seq % 7 === 5))
      expect(await seqs({ type: 'fax' })).toEqual([])
      expect(await seqs({ reach: { tenant: null, queues: ['oth*'] } })).toEqual(down('b', 3))
    },
  )

  engineTest('goes on after a batch that was deleted, and after one that was created', async ({ engine }) => {
    const a = await newBatch(engine, { code: 'a', tasks: 3 })
    const b = await newBatch(engine, { code: 'b' })
    const c = await newBatch(engine, { code: 'c', tasks: 3, concurrency: 1 })
    await inOrder(engine, [a, b, c])
    await runToEnd(new TicketDriver(engine, c), 3, ({ seq }) => completed(seq))
    const first = await searchTasks(engine, { pageSize: 1 })
    await deleteBatch(engine, c)
    await newBatch(engine, { code: 'd', tasks: 3 })

    const rest = await searchTasks(engine, { pageSize: 10, cursor: first.nextCursor ?? '' })

    expect(first.tasks).toMatchObject([{ batchId: c, code: 'c', queue: 'default', seq: 2, payload: 2, maxAttempts: 3 }])
    expect(rest.tasks.map(({ code, seq }) => `${code}:${seq}`)).toEqual(down('a', 3))
  })

  engineTest('reads a bounded number of batches for a page, however rare the task', async ({ engine, redis }) => {
    const id = await newBatch(engine, { code: 'a', tasks: 1 })
    await inOrder(engine, [id])
    const ghosts = range(4000).flatMap((i) => [2000 + i, `ghost${i}`])
    await redis.zadd(engine.keys.batches, ...ghosts.map(String))

    const pages = await pagesOf(engine, { pageSize: 10 })

    expect(pages).toEqual([[], [], ['a:0']])
  })

  engineTest.for(['', 'x', '1', '1.a', '1.a.x', '1.a.-1', '1.a.1.1', '9999999999999999.a.1'])(
    'refuses the cursor %j',
    async (cursor, { engine }) => {
      await expect(searchTasks(engine, { pageSize: 1, cursor })).rejects.toThrow(CursorInvalidError)
    },
  )
})
