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

const idempotency = { key: 'a key', fingerprint: 'one' }
const TWO_MINUTES_MS = 120_000

/** Creates a batch as a client does that asks again as long as it is told to. */
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

/** Has a process die after so many commands of a creation. */
async function dieCreating(engine: Engine, commands: number): Promise<void> {
  await expect(createBatch(dyingEngine(engine, commands), { idempotency, tasks: ['{}'] })).rejects.toThrow(
    DeadProcessError,
  )
}

describe('a submission sent again under its key', () => {
  engineTest('makes no second batch, and gets the first answer', async ({ engine }) => {
    const first = await createBatch(engine, { idempotency, tasks: ['{}'], metadata: { a: 1 } })
    await runToEnd(new TicketDriver(engine, first.batch.id), 1, ({ seq }) => completed(seq))

    const second = await createBatch(engine, { idempotency, tasks: ['{}'], metadata: { a: 1 } })

    expect(second).toEqual({ batch: first.batch, isNew: false })
    expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
  })

  engineTest('gets the first answer even when the batch is gone', async ({ engine }) => {
    const first = await createBatch(engine, { idempotency, tasks: [], sealed: true })
    await deleteBatch(engine, first.batch.id)

    const second = await createBatch(engine, { idempotency, tasks: [], sealed: true })

    expect(second).toEqual({ batch: first.batch, isNew: false })
  })

  engineTest('with another body is refused, and nothing of it is kept', async ({ engine, redis, prefix }) => {
    await createBatch(engine, { idempotency })
    const before = await keysOf(redis, prefix)

    const creating = createBatch(engine, { idempotency: { ...idempotency, fingerprint: 'other' } })

    await expect(creating).rejects.toThrow(IdempotencyKeyReusedError)
    expect(await keysOf(redis, prefix)).toEqual(before)
  })

  engineTest('may be another body once the first was refused', async ({ engine }) => {
    await newBatch(engine, { code: 'taken' })
    await expect(createBatch(engine, { idempotency, code: 'taken' })).rejects.toThrow(CodeTakenError)

    const { isNew } = await createBatch(engine, { idempotency: { ...idempotency, fingerprint: 'other' }, code: 'free' })

    expect(isNew).toBe(true)
  })

  engineTest('is remembered for a day', async ({ engine, redis, prefix }) => {
    await createBatch(engine, { idempotency })

    const [key = ''] = await findKeys(redis, `${prefix}:idempotency:*`)
    const left = await redis.pttl(key)
    expect(left).toBeGreaterThan(24 * 3_600_000 - 60_000)
    expect(left).toBeLessThanOrEqual(24 * 3_600_000)
  })
})

describe('submissions that race under one key', () => {
  engineTest('make one batch between them', async ({ engine, openRivals, redis, prefix }) => {
    const engines = await openRivals(3)

    for (const round of range(15)) {
      await removeKeys(redis, prefix)
      const created = await Promise.all(range(6).map((i) => createPatiently(engines.at(i % 3) as Engine)))

      expect(new Set(created.map(({ id }) => id)).size, `round ${round}`).toBe(1)
      expect(created.filter(({ isNew }) => isNew)).toHaveLength(1)
      expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
    }
  })

  engineTest('make one batch between them after the first has died', async ({ engine, openRivals, redis, prefix }) => {
    const engines = await openRivals(3)

    for (const round of range(15)) {
      await removeKeys(redis, prefix)
      await dieCreating(engine, 4)
      await reconcileLater(engine, TWO_MINUTES_MS)
      const created = await Promise.all(range(6).map((i) => createPatiently(engines.at(i % 3) as Engine)))

      expect(new Set(created.map(({ id }) => id)).size, `round ${round}`).toBe(1)
      expect(await engine.redis.zcard(engine.keys.batches)).toBe(1)
    }
  })
})

describe('a key whose first submission died', () => {
  engineTest('is in progress until the reconciler has been by, then it is free', async ({ engine }) => {
    await dieCreating(engine, 4)

    await expect(createBatch(engine, { idempotency, tasks: ['{}'] })).rejects.toThrow(IdempotencyInProgressError)
    await reconcileLater(engine, TWO_MINUTES_MS)
    expect((await createBatch(engine, { idempotency, tasks: ['{}'] })).isNew).toBe(true)
  })

  engineTest('belongs to the batch when that was made before its process died', async ({ engine }) => {
    const { batch } = await createBatch(engine, { idempotency, tasks: ['{}'] })
    await forgetAnswer(engine, batch.id)

    const again = await createBatch(engine, { idempotency, tasks: ['{}'] })

    expect(again).toEqual({ batch: await readBatch(engine, batch.id), isNew: false })
  })

  /** As it is when the process dies before it can note the answer. */
  async function forgetAnswer({ redis, keys }: Engine, batchId: string): Promise<void> {
    const [key] = await redis.zrange(keys.batches, '0', '-1')
    expect(key).toBe(batchId)
    const entry = JSON.stringify({ fingerprint: idempotency.fingerprint, batchId })
    await redis.set(keys.idempotency(await hashOf(idempotency.key)), entry)
  }

  async function hashOf(text: string): Promise<string> {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    return Buffer.from(digest).toString('hex')
  }
})
