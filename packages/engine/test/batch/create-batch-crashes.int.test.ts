import { describe, expect, onTestFinished, vi } from 'vitest'
import { chunkTasks } from '../../src/batch/chunk-tasks.ts'
import { createBatch } from '../../src/batch/create-batch.ts'
import type { RedisConnection } from '../../src/connect-redis.ts'
import { listBatches } from '../../src/batch/list-batches.ts'
import { readBatch } from '../../src/batch/read-batch.ts'
import type { Engine } from '../../src/engine.ts'
import { range } from '../../src/range.ts'
import type { BatchSubmission } from '../../src/model/batch.ts'
import { newId } from '../../src/new-id.ts'
import { discardDraft } from '../../src/batch/drafts.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { extendDraftScript } from '../../src/scripts/extend-draft.ts'
import { envelopes, payloadsOf } from '../support/batches.ts'
import { DeadProcessError, dyingEngine } from '../support/dying-engine.ts'
import { engineTest, keysOf, removeKeys } from '../support/engine-test.ts'
import { raceAtEveryMoment } from '../support/every-moment.ts'
import { ageEverything, reconcileLater } from '../support/reconcile-later.ts'
import { watchRedis } from '../support/watched-redis.ts'

const TWO_MINUTES_MS = 120_000

const SUBMISSION = {
  code: 'nightly',
  tasks: envelopes(1100),
  concurrency: 2,
  idempotency: { key: 'k', fingerprint: 'f' },
}

/** The same batch, whose tasks arrive while it is created. */
const streamed = (): BatchSubmission => ({
  ...SUBMISSION,
  tasks: undefined,
  chunks: chunksOf(SUBMISSION.tasks),
  sealed: true,
  idempotency: { key: 'k', fingerprint: async () => 'f' },
})

async function* chunksOf(tasks: readonly string[]): AsyncGenerator<readonly string[]> {
  yield* chunkTasks(tasks)
}

/** Creates the batch in a process that dies after `commands` commands. Returns whether the creation completed. */
async function createAndDie(engine: Engine, commands: number, submission: BatchSubmission): Promise<boolean> {
  try {
    await createBatch(dyingEngine(engine, commands), submission)
    return true
  } catch (error) {
    if (error instanceof DeadProcessError) return false
    throw error
  }
}

describe('a process that dies while it creates a batch', () => {
  engineTest.for([
    { tasks: 'were sent with it', submit: () => SUBMISSION },
    { tasks: 'arrive meanwhile', submit: streamed },
  ])(
    'leaves a complete batch or none, at whichever command it dies, if the tasks $tasks',
    async ({ submit }, { engine, redis, prefix }) => {
      const seen = new Set<string>()

      for (let commands = 0; ; commands += 1) {
        const isDone = await createAndDie(engine, commands, submit())
        if (isDone) break
        const visible = await listBatches(engine, { pageSize: 10 })
        await reconcileLater(engine, TWO_MINUTES_MS)

        const { batches } = await listBatches(engine, { pageSize: 10 })
        expect(batches.length, `after ${commands} commands: a visible batch stays`).toBeGreaterThanOrEqual(
          visible.batches.length,
        )
        for (const batch of batches) {
          expect(batch, `after ${commands} commands`).toMatchObject({ sealed: true, counts: { pending: 1100 } })
          expect(await engine.ticketQueues.open('default').getPrioritizedCount()).toBe(2)
        }
        const keys = await keysOf(redis, prefix)
        if (batches.length === 0) expect(keys, `after ${commands} commands`).toEqual(keys.filter(isIdempotencyKey))
        expect(keys).not.toContain('drafts')
        seen.add(batches.length === 0 ? 'none' : 'complete')

        // A repeated submission gets that batch, or creates it: then its code and its key are free.
        const { batch, isNew } = await createBatch(engine, submit())
        expect({ isNew, id: batch.id }).toEqual({ isNew: batches.length === 0, id: batches[0]?.id ?? batch.id })
        await removeKeys(redis, prefix)
      }

      expect(seen).toEqual(new Set(['none', 'complete']))
    },
  )
})

function isIdempotencyKey(key: string): boolean {
  return key.startsWith('idempotency:')
}

/** Whether a command publishes a draft: `drafts` is the twelfth key. */
function isPublication(engine: Engine, command: string, args: readonly unknown[]): boolean {
  return command === 'evalsha' && args[13] === engine.keys.drafts && args[14] === engine.keys.codes
}

describe('a creation whose connection breaks', () => {
  engineTest(
    'after it is visible keeps the batch that a repeated submission has returned',
    async ({ engine, openEngine }) => {
      const rival = openEngine()
      let repeated: Awaited<ReturnType<typeof createBatch>> | undefined
      const after = async (command: string, args: readonly unknown[]) => {
        if (!isPublication(engine, command, args)) return
        repeated = await createBatch(rival, SUBMISSION)
        throw new Error('Connection is closed.')
      }

      const creating = createBatch({ ...engine, redis: watchRedis(engine.redis, { after }) }, SUBMISSION)

      await expect(creating).rejects.toThrow('Connection is closed.')
      expect(repeated).toMatchObject({ isNew: false })
      expect(await readBatch(rival, repeated?.batch.id ?? '')).toMatchObject({
        state: 'active',
        counts: { pending: 1100 },
      })
      expect(await rival.ticketQueues.open('default').getPrioritizedCount()).toBe(2)
      expect(await rival.redis.zcard(rival.keys.drafts)).toBe(0)
    },
  )

  engineTest(
    'before it is visible leaves no keys, and frees its code and its idempotency key',
    async ({ engine, redis, prefix }) => {
      const before = (command: string, args: readonly unknown[]) => {
        if (isPublication(engine, command, args)) throw new Error('Connection is closed.')
      }

      const creating = createBatch({ ...engine, redis: watchRedis(engine.redis, { before }) }, SUBMISSION)

      await expect(creating).rejects.toThrow('Connection is closed.')
      expect(await keysOf(redis, prefix)).toEqual([])
      expect(await createBatch(engine, SUBMISSION)).toMatchObject({ isNew: true })
    },
  )
})

describe('a creation that the reconciler takes for crashed', () => {
  engineTest.for([
    { when: 'between two of its commands', isAwaited: true },
    { when: 'while it runs', isAwaited: false },
  ])(
    'is complete or leaves no keys if its draft is discarded $when',
    async ({ isAwaited }, { engine, redis, prefix }) => {
      const ends = new Set<string>()

      for (let step = 1, isOvertaken = true; isOvertaken; step += 1) {
        const reconciler = new LateReconciler(engine, step, isAwaited)
        const end = await createBatch(reconciler.engine, SUBMISSION).then(
          ({ batch }) => batch.id,
          (error: Error) => error,
        )
        isOvertaken = await reconciler.hasRun()
        await reconcileLater(engine, TWO_MINUTES_MS)

        if (end instanceof Error) {
          expect(end.message, `step ${step}`).toMatch(/^The draft of batch "\w+" was discarded, because/)
          expect(await keysOf(redis, prefix), `step ${step}`).toEqual([])
        } else {
          expect((await readBatch(engine, end)).counts, `step ${step}`).toMatchObject({ pending: 1100 })
          expect(await payloadsOf(engine, end)).toEqual(range(1100))
          expect((await listBatches(engine, { pageSize: 9, state: 'active' })).batches).toMatchObject([{ id: end }])
        }
        ends.add(end instanceof Error ? 'none' : 'complete')
        await removeKeys(redis, prefix)
      }

      // How far a pass gets while the creation runs depends on the machine.
      expect(ends).toEqual(isAwaited || ends.has('none') ? new Set(['none', 'complete']) : new Set(['complete']))
    },
  )

  /** Runs a pass of the reconciler, as if two minutes later, after `commands` commands of an engine. */
  class LateReconciler {
    readonly engine: Engine
    #left: number
    #pass: Promise<unknown> | undefined

    constructor(engine: Engine, commands: number, isAwaited: boolean) {
      this.#left = commands
      const after = async () => {
        this.#left -= 1
        if (this.#left !== 0) return
        this.#pass = reconcileLater(engine, TWO_MINUTES_MS)
        if (isAwaited) await this.#pass
      }
      this.engine = { ...engine, redis: watchRedis(engine.redis, { after }) }
    }

    async hasRun(): Promise<boolean> {
      await this.#pass
      return this.#pass !== undefined
    }
  }
})

describe('a creation that resumes after the reconciler has discarded its draft', { timeout: 60_000 }, () => {
  const WITHOUT_CODE = { ...SUBMISSION, code: undefined }

  engineTest('creates no second batch for its idempotency key', async ({ engine, openEngine, redis, prefix }) => {
    const rival = openEngine()

    await raceAtEveryMoment<void>(engine, {
      prepare: async () => {},
      slow: (process) => createBatch(process, WITHOUT_CODE),
      meanwhile: async () => {
        await reconcileLater(rival, TWO_MINUTES_MS)
        return await createBatch(rival, WITHOUT_CODE)
      },
      check: async (_setup, { meanwhile, moment }) => {
        expect(meanwhile.kind, `at command ${moment}`).toBe('done')
        await reconcileLater(rival, TWO_MINUTES_MS)
        const { batches } = await listBatches(rival, { pageSize: 9 })
        expect(batches, `at command ${moment}`).toMatchObject([{ counts: { pending: 1100 } }])
        const [id = ''] = batches.map((batch) => batch.id)
        expect(await rival.redis.hgetall(rival.keys.codes), `at command ${moment}`).toEqual({ [`default/${id}`]: id })
        const others = (await batchKeysOf(redis, prefix)).filter((key) => !key.includes(id))
        expect(others, `at command ${moment}: keys of no batch`).toEqual([])
        await removeKeys(redis, prefix)
      },
    })
  })

  engineTest('writes no key of a batch, which would stay if it died then', async ({ engine, redis, prefix }) => {
    const slow = { ...engine, redis: withClockBehind(engine.redis) }
    // A process that dies keeps its idempotency key, and the next one would get no further than that.
    const submission = { ...WITHOUT_CODE, idempotency: undefined }
    let error: unknown = new DeadProcessError()

    for (let commands = 0; error instanceof DeadProcessError; commands += 1) {
      error = await createBatch(dyingEngine(slow, commands), submission).catch((thrown: unknown) => thrown)
      expect(await batchKeysOf(redis, prefix), `after ${commands} commands`).toEqual([])
    }

    expect(String(error)).toContain('because its creation took too long')
  })

  /** Reads Redis's clock as if a creation had begun an hour ago. */
  function withClockBehind(redis: RedisConnection): RedisConnection {
    return new Proxy(redis, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (name === 'time') return async () => [Math.floor(Date.now() / 1000) - 3600, 0]
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  async function batchKeysOf(redis: RedisConnection, prefix: string): Promise<string[]> {
    return (await keysOf(redis, prefix)).filter((key) => key.startsWith('{batch:'))
  }
})

describe('a draft whose tasks arrive slowly', () => {
  engineTest(
    'is extended every ten seconds, so that the reconciler does not take its process for dead',
    async ({ engine }) => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
      onTestFinished(() => void vi.useRealTimers())
      const source = Promise.withResolvers<void>()
      async function* chunks(): AsyncGenerator<readonly string[]> {
        yield ['{"payload":0}']
        await source.promise
        yield ['{"payload":1}']
      }
      const creating = createBatch(engine, { chunks: chunks(), sealed: true })
      await expect.poll(() => engine.redis.zcard(engine.keys.drafts)).toBe(1)

      for (const _ of range(4)) {
        await ageEverything(engine, 40_000)
        const age = async () =>
          Date.now() - Number((await engine.redis.zrange(engine.keys.drafts, '0', '0', 'WITHSCORES'))[1])
        vi.advanceTimersByTime(10_000)
        await expect.poll(age).toBeLessThan(30_000)
        expect(await reconcile(engine)).toMatchObject({ draftsDiscarded: 0 })
      }
      source.resolve()

      const { batch } = await creating
      expect(await payloadsOf(engine, batch.id)).toEqual([0, 1])
      expect(vi.getTimerCount()).toBe(0)
    },
  )

  engineTest('is not extended once it is being discarded', async ({ engine }) => {
    const { redis, keys } = engine
    const id = newId()
    await redis.zadd(keys.drafts, 0, id)

    const replies = [id, 'unknown'].map((each) => extendDraftScript.run(redis, { drafts: keys.drafts }, { id: each }))

    expect(await Promise.all(replies)).toEqual([{ kind: 'lost' }, { kind: 'lost' }])
    expect(await redis.zrange(keys.drafts, '0', '-1', 'WITHSCORES')).toEqual([id, '0'])
  })

  engineTest(
    'leaves no keys, and frees its idempotency key, if the tasks break off',
    async ({ engine, redis, prefix }) => {
      async function* chunks(): AsyncGenerator<readonly string[]> {
        yield envelopes(300)
        throw new Error('The client has gone.')
      }

      const creating = createBatch(engine, { ...streamed(), chunks: chunks() })

      await expect(creating).rejects.toThrow('The client has gone.')
      expect(await keysOf(redis, prefix)).toEqual([])
      expect(await createBatch(engine, streamed())).toMatchObject({ isNew: true })
    },
  )
})

describe('discarding a draft', () => {
  engineTest('has no effect if the draft does not exist', async ({ engine, redis, prefix }) => {
    await discardDraft(engine, newId())

    expect(await keysOf(redis, prefix)).toEqual([])
  })
})
