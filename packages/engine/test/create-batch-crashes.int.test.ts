import { describe, expect } from 'vitest'
import { createBatch } from '../src/batch/create-batch.ts'
import { listBatches } from '../src/batch/list-batches.ts'
import { readBatch } from '../src/batch/read-batch.ts'
import type { Engine } from '../src/engine.ts'
import { range } from '../src/range.ts'
import { reconcile } from '../src/upkeep/reconcile.ts'
import { newBatchId } from '../src/batch/batch-id.ts'
import { discardDraft } from '../src/batch/drafts.ts'
import { envelopes, payloadsOf } from './support/batches.ts'
import { DeadProcessError, dyingEngine } from './support/dying-engine.ts'
import { engineTest, keysOf, removeKeys } from './support/engine-test.ts'
import { watchRedis } from './support/watched-redis.ts'

const TWO_MINUTES_MS = 120_000

const SUBMISSION = {
  code: 'nightly',
  tasks: envelopes(1100),
  concurrency: 2,
  idempotency: { key: 'k', fingerprint: 'f' },
}

/** Creates it in a process that dies after so many commands. Returns whether it was done by then. */
async function createAndDie(engine: Engine, commands: number): Promise<boolean> {
  try {
    await createBatch(dyingEngine(engine, commands), SUBMISSION)
    return true
  } catch (error) {
    if (error instanceof DeadProcessError) return false
    throw error
  }
}

describe('a process that dies while it creates a batch', () => {
  engineTest('leaves a whole batch or none, at whatever step it dies', async ({ engine, redis, prefix }) => {
    const seen = new Set<string>()

    for (let commands = 0; ; commands += 1) {
      const isDone = await createAndDie(engine, commands)
      if (isDone) break
      const visible = await listBatches(engine, { limit: 10 })
      await reconcile(engine, Date.now() + TWO_MINUTES_MS)

      const { batches } = await listBatches(engine, { limit: 10 })
      expect(batches.length, `after ${commands} commands: what was seen stays`).toBeGreaterThanOrEqual(
        visible.batches.length,
      )
      for (const batch of batches) {
        expect(batch, `after ${commands} commands`).toMatchObject({ sealed: true, counts: { pending: 1100 } })
        expect(await engine.ticketQueues.open('default').getPrioritizedCount()).toBe(2)
      }
      const keys = await keysOf(redis, prefix)
      if (batches.length === 0) expect(keys, `after ${commands} commands`).toEqual(keys.filter(isIdempotencyKey))
      expect(keys).not.toContain('drafts')
      seen.add(batches.length === 0 ? 'none' : 'whole')

      // Whoever asks again gets that batch, or makes it: its code and its key are free.
      const { batch, isNew } = await createBatch(engine, SUBMISSION)
      expect({ isNew, id: batch.id }).toEqual({ isNew: batches.length === 0, id: batches[0]?.id ?? batch.id })
      await removeKeys(redis, prefix)
    }

    expect(seen).toEqual(new Set(['none', 'whole']))
  })
})

function isIdempotencyKey(key: string): boolean {
  return key.startsWith('idempotency:')
}

describe('a creation that takes so long that it is taken for dead', () => {
  engineTest(
    'fails and leaves nothing, its code included, at whatever step that happens',
    async ({ engine, redis, prefix }) => {
      const outcomes = new Set<string>()

      for (let step = 1; step < 60; step += 1) {
        const creating = createBatch(interruptedAfter(engine, step), SUBMISSION)
        const created = await creating.then(
          ({ batch }) => batch.id,
          () => undefined,
        )

        if (created === undefined) {
          expect(
            (await keysOf(redis, prefix)).filter((key) => !isIdempotencyKey(key)),
            `step ${step}`,
          ).toEqual([])
        } else {
          expect((await readBatch(engine, created)).counts, `step ${step}`).toMatchObject({ pending: 1100 })
          expect(await payloadsOf(engine, created)).toEqual(range(1100))
        }
        outcomes.add(created === undefined ? 'failed' : 'created')
        await removeKeys(redis, prefix)
      }

      expect(outcomes).toEqual(new Set(['failed', 'created']))
    },
  )

  /** The reconciler comes by, two minutes late, after so many commands of the creation. */
  function interruptedAfter(engine: Engine, commands: number): Engine {
    let left = commands
    const after = async () => {
      left -= 1
      if (left === 0) await reconcile(engine, Date.now() + TWO_MINUTES_MS)
    }
    return { ...engine, redis: watchRedis(engine.redis, { after }) }
  }
})

describe('taking back a draft', () => {
  engineTest('that is not there does no harm', async ({ engine, redis, prefix }) => {
    await discardDraft(engine, newBatchId())

    expect(await keysOf(redis, prefix)).toEqual([])
  })
})
