import { findKeys } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { createBatch } from '../../src/batch/create-batch.ts'
import { deleteBatch } from '../../src/batch/delete-batch.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { CodeTakenError, IdempotencyInProgressError, IdempotencyKeyReusedError } from '../../src/errors.ts'
import { range } from '../../src/range.ts'
import { newBatch } from '../support/batches.ts'
import { DeadProcessError, dyingEngine } from '../support/dying-engine.ts'
import { engineTest, keysOf, removeKeys } from '../support/engine-test.ts'
import { completed } from '../support/outcomes.ts'
import { reconcileLater } from '../support/reconcile-later.ts'
import { runToEnd, TicketDriver } from '../support/ticket-driver.ts'
import { watchRedis } from '../support/watched-redis.ts'

const idempotency = { key: 'a key', fingerprint: 'one' }
const TWO_MINUTES_MS = 120_000

/** Creates a batch, and retries while the first submission is in progress. */
async function createPatiently(engine: Engine): Promise<{ id: string; isNew: boolean }> {
  for (;;) {
    try {
      const { batch, isNew } = await createBatch(engine, { idempotency, tasks: ['{}'] })
      return { id: batch.id, isNew }
    } catch (error) {
      if (!(error instanceof IdempotencyInProgressError)) throw error
    }
  }
}

/** Creates a batch in a process that dies after `commands` commands. */
async function dieCreating(engine: Engine, commands: number): Promise<void> {
  await expect(createBatch(dyingEngine(engine, commands), { idempotency, tasks: ['{}'] })).rejects.toThrow(
    DeadProcessError,
  )
}

describe('a repeated submission with the same key', () => {
  engineTest('creates no second batch and gets the first response', async ({ engine }) => {
    const first = await createBatch(engine, { idempotency, tasks: ['{}'], metadata: { a: 1 } })
    await runToEnd(new TicketDriver(engine, first.batch.id), 1, ({ seq }) => completed(seq))

    const second = await createBatch(engine, { idempotency, tasks: ['{}'], metadata: { a: 1 } })

    expect(second).toEqual({ batch: first.batch, isNew: false })
    expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
  })

  engineTest('gets back metadata as it was, also where it looks like a time of the batch', async ({ engine }) => {
    const metadata = { at: 'hello', createdAt: '2026-01-01', nested: { finishedAt: '2026-01-01T00:00:00Z' } }
    const first = await createBatch(engine, { idempotency, metadata })

    const second = await createBatch(engine, { idempotency, metadata })

    expect(second).toEqual({ batch: first.batch, isNew: false })
    expect(second.batch.metadata).toEqual(metadata)
    expect(second.batch.createdAt).toBeInstanceOf(Date)
  })

  engineTest('gets the first response even after the batch was deleted', async ({ engine }) => {
    const first = await createBatch(engine, { idempotency, tasks: [], sealed: true })
    await deleteBatch(engine, first.batch.id)

    const second = await createBatch(engine, { idempotency, tasks: [], sealed: true })

    expect(second).toEqual({ batch: first.batch, isNew: false })
  })

  engineTest('is refused if its body differs, and stores nothing', async ({ engine, redis, prefix }) => {
    await createBatch(engine, { idempotency })
    const before = await keysOf(redis, prefix)

    const creating = createBatch(engine, { idempotency: { ...idempotency, fingerprint: 'other' } })

    await expect(creating).rejects.toThrow(IdempotencyKeyReusedError)
    expect(await keysOf(redis, prefix)).toEqual(before)
  })

  engineTest('may have a different body if the first submission was refused', async ({ engine }) => {
    await newBatch(engine, { code: 'taken' })
    await expect(createBatch(engine, { idempotency, code: 'taken' })).rejects.toThrow(CodeTakenError)

    const { isNew } = await createBatch(engine, { idempotency: { ...idempotency, fingerprint: 'other' }, code: 'free' })

    expect(isNew).toBe(true)
  })

  engineTest('is recognised for one day', async ({ engine, redis, prefix }) => {
    await createBatch(engine, { idempotency })

    const [key = ''] = await findKeys(redis, `${prefix}:idempotency:*`)
    const left = await redis.pttl(key)
    expect(left).toBeGreaterThan(24 * 3_600_000 - 60_000)
    expect(left).toBeLessThanOrEqual(24 * 3_600_000)
  })
})

describe('a submission whose tasks are still arriving', () => {
  /** A submission of two tasks. The second one arrives when `arrive` is called. */
  function slowSubmission(text = 'one') {
    const { promise, resolve: arrive } = Promise.withResolvers<void>()
    async function* read(): AsyncGenerator<readonly string[]> {
      yield ['{"payload":0}']
      await promise
      yield ['{"payload":1}']
    }
    const chunks = read()
    const fingerprint = async () => {
      for await (const _ of chunks);
      return text
    }
    return { arrive, submission: { chunks, sealed: true, idempotency: { key: 'a key', fingerprint } } }
  }

  async function arrived(text?: string) {
    const { arrive, submission } = slowSubmission(text)
    arrive()
    return submission
  }

  engineTest('holds its key, and then answers repeats with what it created', async ({ engine }) => {
    const { arrive, submission } = slowSubmission()
    const creating = createBatch(engine, submission)
    await expect.poll(() => engine.redis.zcard(engine.keys.drafts)).toBe(1)

    await expect
      .poll(async () => createBatch(engine, await arrived()).catch((error: Error) => error))
      .toBeInstanceOf(IdempotencyInProgressError)
    arrive()
    const first = await creating

    expect(first).toMatchObject({ isNew: true, batch: { counts: { total: 2 }, sealed: true } })
    expect(await createBatch(engine, await arrived())).toEqual({ batch: first.batch, isNew: false })
    await expect(createBatch(engine, await arrived('other'))).rejects.toThrow(IdempotencyKeyReusedError)
    expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
  })

  engineTest(
    'asks a repeat to come again that saw the claim before its fingerprint was known',
    async ({ engine, openEngine }) => {
      const { arrive, submission } = slowSubmission()
      const creating = createBatch(engine, submission)
      await expect.poll(() => engine.redis.zcard(engine.keys.drafts)).toBe(1)
      await expect.poll(() => findKeys(engine.redis, `${engine.keys.idempotency('')}*`)).toHaveLength(1)
      const rival = openEngine()
      const after = async (command: string, args: readonly unknown[]) => {
        if (command !== 'evalsha' || !String(args[2]).startsWith(engine.keys.idempotency(''))) return
        arrive()
        await creating
      }

      const repeating = createBatch({ ...rival, redis: watchRedis(rival.redis, { after }) }, await arrived())

      await expect(repeating).rejects.toThrow(IdempotencyInProgressError)
      expect(await createBatch(rival, await arrived())).toMatchObject({ isNew: false })
    },
  )

  engineTest('keeps its key when its process dies after the tasks have arrived', async ({ engine }) => {
    const results = new Set<string>()
    for (let commands = 4; commands < 60; commands += 1) {
      await createBatch(dyingEngine(engine, commands), await arrived()).catch(() => {})
      const isVisible = (await engine.redis.zcard(engine.keys.batches)) === 1
      await reconcileLater(engine, TWO_MINUTES_MS)

      const other = await createBatch(engine, await arrived('other')).catch((error: Error) => error.constructor)

      expect(other === IdempotencyKeyReusedError, `after ${commands} commands`).toBe(isVisible)
      results.add(isVisible ? 'kept' : 'free')
      await removeKeys(engine.redis, engine.prefix)
    }
    expect(results).toEqual(new Set(['kept', 'free']))
  })
})

describe('racing submissions with one key', () => {
  engineTest('create one batch', async ({ engine, openRivals, redis, prefix }) => {
    const engines = await openRivals(3)

    for (const round of range(15)) {
      await removeKeys(redis, prefix)
      const created = await Promise.all(range(6).map((i) => createPatiently(engines.at(i % 3) as Engine)))

      expect(new Set(created.map(({ id }) => id)).size, `round ${round}`).toBe(1)
      expect(created.filter(({ isNew }) => isNew)).toHaveLength(1)
      expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
    }
  })

  engineTest(
    'create one batch after the process of the first one has died',
    async ({ engine, openRivals, redis, prefix }) => {
      const engines = await openRivals(3)

      for (const round of range(15)) {
        await removeKeys(redis, prefix)
        await dieCreating(engine, 4)
        await reconcileLater(engine, TWO_MINUTES_MS)
        const created = await Promise.all(range(6).map((i) => createPatiently(engines.at(i % 3) as Engine)))

        expect(new Set(created.map(({ id }) => id)).size, `round ${round}`).toBe(1)
        expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
      }
    },
  )
})

describe('a key whose first submission crashed', () => {
  engineTest('is in progress until the reconciler frees it', async ({ engine }) => {
    await dieCreating(engine, 4)

    await expect(createBatch(engine, { idempotency, tasks: ['{}'] })).rejects.toThrow(IdempotencyInProgressError)
    await reconcileLater(engine, TWO_MINUTES_MS)
    expect((await createBatch(engine, { idempotency, tasks: ['{}'] })).isNew).toBe(true)
  })

  engineTest('belongs to the batch if the batch was created before the crash', async ({ engine }) => {
    const { batch } = await createBatch(engine, { idempotency, tasks: ['{}'] })
    await forgetAnswer(engine, batch.id)

    const again = await createBatch(engine, { idempotency, tasks: ['{}'] })

    expect(again).toEqual({ batch: await readBatch(engine, batch.id), isNew: false })
  })

  /** Stores the claim as a process leaves it that dies before it stores the response. */
  async function forgetAnswer({ redis, keys }: Engine, batchId: string): Promise<void> {
    const [key] = await redis.zrange(keys.batches, '0', '-1')
    expect(key).toBe(batchId)
    const entry = JSON.stringify({ fingerprint: idempotency.fingerprint, batchId })
    await redis.set(keys.idempotency(await hashOf(`default/${idempotency.key}`)), entry)
  }

  async function hashOf(text: string): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    return Buffer.from(digest).toString('hex')
  }
})
