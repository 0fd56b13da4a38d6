import { describe, expect } from 'vitest'
import { cancelBatch } from '../../src/batch/cancel-batch.ts'
import { createBatch } from '../../src/batch/create-batch.ts'
import { CursorInvalidError } from '../../src/errors.ts'
import { listBatches, type BatchFilter } from '../../src/batch/list-batches.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { newBatch } from '../support/batches.ts'
import { completed, failed } from '../support/outcomes.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import type { Outcome } from '../../src/scripts/take-turns.ts'
import { engineTest } from '../support/engine-test.ts'
import { watchRedis } from '../support/watched-redis.ts'

/** Reads all pages, and returns the ids on each. */
async function pagesOf(engine: Engine, filter: BatchFilter): Promise<string[][]> {
  const pages: string[][] = []
  for (let cursor: string | undefined; ;) {
    const { batches, nextCursor } = await listBatches(engine, { ...filter, cursor })
    pages.push(batches.map(({ id }) => id))
    if (nextCursor === null) return pages
    cursor = nextCursor
  }
}

/** Sets the creation times of batches, in the indexes too. */
async function backdate({ redis, keys }: Engine, ids: readonly string[], createdAt: (i: number) => number) {
  for (const [i, id] of ids.entries()) {
    await redis.hset(keys.batch(id).meta, 'created_at', createdAt(i))
    const ofTenant = [keys.batchesOf('default'), keys.batchesOfInState('default', 'active')]
    for (const index of [keys.batches, keys.batchesInState('active'), ...ofTenant])
      await redis.zadd(index, 'XX', createdAt(i), id)
  }
}

describe('the list of batches', () => {
  engineTest('starts with the newest', async ({ engine }) => {
    const ids = [await newBatch(engine), await newBatch(engine), await newBatch(engine)]
    await backdate(engine, ids, (i) => 1000 + i)

    const { batches, nextCursor } = await listBatches(engine, { pageSize: 10 })

    expect(batches.map(({ id }) => id)).toEqual(ids.toReversed())
    expect(nextCursor).toBeNull()
  })

  engineTest('continues after the previous page, without repeating or omitting a batch', async ({ engine }) => {
    const ids = await Promise.all(range(7).map(() => newBatch(engine)))
    await backdate(engine, ids, (i) => 1000 + i)

    const pages = await pagesOf(engine, { pageSize: 3 })

    expect(pages.flat()).toEqual(ids.toReversed())
    expect(pages.slice(0, 2).map((page) => page.length)).toEqual([3, 3])
  })

  engineTest(
    'repeats and omits no batch even if one millisecond has more batches than one read',
    async ({ engine }) => {
      const ids = await Promise.all(range(120).map(() => newBatch(engine)))
      await backdate(engine, ids, (i) => (i < 10 ? 999 : i > 110 ? 1001 : 1000))

      const pages = await pagesOf(engine, { pageSize: 7 })

      expect(pages.flat().toSorted()).toEqual(ids.toSorted())
      expect(new Set(pages.flat()).size).toBe(120)
    },
  )

  engineTest('is not affected by batches that are created or deleted between pages', async ({ engine, redis }) => {
    const ids = await Promise.all(range(6).map(() => newBatch(engine)))
    await backdate(engine, ids, (i) => 1000 + i)
    const first = await listBatches(engine, { pageSize: 3 })
    await newBatch(engine)
    await redis.zrem(engine.keys.batches, first.batches.at(2)?.id ?? '')

    const rest = await listBatches(engine, { pageSize: 10, cursor: first.nextCursor ?? undefined })

    expect(rest.batches.map(({ id }) => id)).toEqual(ids.slice(0, 3).toReversed())
  })

  engineTest('can be limited to codes with the same beginning, and to values in their metadata', async ({ engine }) => {
    const make = async (code: string, metadata: Record<string, unknown>) =>
      (await createBatch(engine, { code, metadata })).batch.id
    const a = await make('acme-1', { customer: 'acme', n: 1, is: true, none: null, deep: { x: 1 } })
    const b = await make('acme-2', { customer: 'acme', n: '1' })
    const c = await make('other', JSON.parse('{"customer":"other","__proto__":"p"}') as Record<string, unknown>)
    const idsOf = async (filter: Partial<BatchFilter>) => (await pagesOf(engine, { pageSize: 10, ...filter })).flat()

    expect((await idsOf({ codePrefix: 'acme-' })).toSorted()).toEqual([a, b].toSorted())
    expect(await idsOf({ codePrefix: 'acme-2' })).toEqual([b])
    expect((await idsOf({ metadata: { customer: 'acme' } })).toSorted()).toEqual([a, b].toSorted())
    expect((await idsOf({ metadata: { n: '1' } })).toSorted()).toEqual([a, b].toSorted())
    expect(await idsOf({ metadata: { customer: 'acme', is: 'true', none: 'null' } })).toEqual([a])
    expect(await idsOf({ metadata: { deep: '{"x":1}' } })).toEqual([])
    expect(await idsOf({ metadata: { toString: 'x' } })).toEqual([])
    expect(await idsOf({ metadata: Object.fromEntries([['__proto__', 'p']]) })).toEqual([c])
    expect(await idsOf({ metadata: { customer: 'acme' }, codePrefix: 'other' })).toEqual([])
  })

  engineTest('can be limited to a time, with its beginning and without its end, in pages', async ({ engine }) => {
    const ids = await Promise.all(range(130).map(() => newBatch(engine)))
    await backdate(engine, ids, (i) => 1000 + Math.floor(i / 3))
    const from = (i: number) => new Date(1000 + i)
    const idsOf = async (filter: Partial<BatchFilter>) =>
      (await pagesOf(engine, { pageSize: 7, ...filter })).flat().toSorted()

    expect(await idsOf({ createdAfter: from(10) })).toEqual(ids.slice(30).toSorted())
    expect(await idsOf({ createdBefore: from(10) })).toEqual(ids.slice(0, 30).toSorted())
    expect(await idsOf({ createdAfter: from(2), createdBefore: from(41) })).toEqual(ids.slice(6, 123).toSorted())
    expect(await idsOf({ createdAfter: from(2), createdBefore: from(2) })).toEqual([])
    const { nextCursor } = await listBatches(engine, { pageSize: 1 })
    const { batches } = await listBatches(engine, { pageSize: 10, createdBefore: from(1), cursor: nextCursor ?? '' })
    expect(batches.map(({ id }) => id).toSorted()).toEqual(ids.slice(0, 3).toSorted())
  })

  engineTest('can be limited to one state, queue or type', async ({ engine }) => {
    await putQueue(engine, 'other', {})
    const plain = await newBatch(engine, { tasks: 1 })
    const other = await newBatch(engine, { queue: 'other', type: 'mail' })
    const cancelled = await newBatch(engine, { queue: 'other' })
    await cancelBatch(engine, cancelled)
    const idsOf = async (filter: Partial<BatchFilter>) =>
      (await pagesOf(engine, { pageSize: 10, ...filter })).flat().toSorted()

    expect(await idsOf({ state: 'active' })).toEqual([plain, other].toSorted())
    expect(await idsOf({ state: 'cancelled' })).toEqual([cancelled])
    expect(await idsOf({ queue: 'other' })).toEqual([other, cancelled].toSorted())
    expect(await idsOf({ type: 'mail' })).toEqual([other])
    expect(await idsOf({ state: 'active', queue: 'other', type: 'http' })).toEqual([])
  })

  engineTest('can be limited to one outcome, which batches have once all tasks have ended', async ({ engine }) => {
    const run = async (settle: (task: { seq: number }) => Outcome) => {
      const id = await newBatch(engine, { tasks: 2, concurrency: 1, retry: { maxAttempts: 1 } })
      await runToEnd(new TicketDriver(engine, id), 1, settle)
      return id
    }
    await newBatch(engine, { tasks: 1 })
    const succeeded = await run(({ seq }) => completed(seq))
    const partial = await run(({ seq }) => (seq === 0 ? completed(seq) : failed(seq)))
    const lost = await run(({ seq }) => failed(seq))
    const idsOf = async (filter: Partial<BatchFilter>) => (await pagesOf(engine, { pageSize: 10, ...filter })).flat()

    expect(await idsOf({ outcome: 'succeeded' })).toEqual([succeeded])
    expect(await idsOf({ outcome: 'partial' })).toEqual([partial])
    expect(await idsOf({ outcome: 'failed', state: 'completed' })).toEqual([lost])
    expect(await idsOf({ outcome: 'failed', state: 'active' })).toEqual([])
  })

  engineTest(
    "filters by the batch's own state, even if the index still has the former one",
    async ({ engine, redis }) => {
      const id = await newBatch(engine, { tasks: 1 })
      await redis.hset(engine.keys.batch(id).meta, 'state', 'completed')

      expect((await listBatches(engine, { pageSize: 10, state: 'active' })).batches).toEqual([])
      expect((await listBatches(engine, { pageSize: 10 })).batches).toMatchObject([{ id, state: 'completed' }])
    },
  )

  engineTest('refuses an invalid cursor', async ({ engine }) => {
    await newBatch(engine)

    await expect(listBatches(engine, { pageSize: 10, cursor: 'nonsense' })).rejects.toThrow(CursorInvalidError)
  })
})

describe('the list of batches of a tenant', () => {
  engineTest('has its batches alone, in pages and by state', async ({ engine }) => {
    const tenants = ['zebra', 'okapi', 'zebra', 'zebra', 'okapi']
    const ids = await Promise.all(tenants.map((tenant) => newBatch(engine, { tenant })))
    await cancelBatch(engine, ids[2] ?? '')
    const zebra = { reach: { tenant: 'zebra', queues: null }, pageSize: 2 }
    const of = (...numbers: number[]) => numbers.map((i) => ids[i]).toSorted()

    expect((await pagesOf(engine, zebra)).flat().toSorted()).toEqual(of(0, 2, 3))
    expect((await pagesOf(engine, { ...zebra, state: 'active' })).flat().toSorted()).toEqual(of(0, 3))
    expect((await pagesOf(engine, { ...zebra, tenant: 'okapi' })).flat()).toEqual([])
    expect((await pagesOf(engine, { tenant: 'okapi', pageSize: 9 })).flat().toSorted()).toEqual(of(1, 4))
    expect((await pagesOf(engine, { pageSize: 9 })).flat().toSorted()).toEqual(ids.toSorted())
  })

  engineTest('reads nothing of other tenants, however many batches they have', async ({ engine }) => {
    await Promise.all(range(60).map(() => newBatch(engine, { tenant: 'okapi' })))
    const own = await newBatch(engine, { tenant: 'zebra' })
    const read: string[] = []
    const after = async (command: string, [key]: readonly unknown[]) =>
      void (command === 'hgetall' && read.push(String(key)))
    const watched = { ...engine, redis: watchRedis(engine.redis, { after }) }

    const { batches } = await listBatches(watched, { pageSize: 50, reach: { tenant: 'zebra', queues: null } })

    expect(batches.map(({ id }) => id)).toEqual([own])
    expect(new Set(read.filter((key) => key.includes('{batch:')))).toEqual(
      new Set([engine.keys.batch(own).meta, engine.keys.batch(own).criteria]),
    )
  })
})
