import { describe, expect } from 'vitest'
import type { Engine } from '../../src/engine.ts'
import { LimitInUseError, LimitNotFoundError, LimitUnknownError } from '../../src/errors.ts'
import { deleteLimit } from '../../src/limit/delete-limit.ts'
import { acquirePermits } from '../../src/limit/permits.ts'
import { putLimit } from '../../src/limit/put-limit.ts'
import { readLimit } from '../../src/limit/read-limit.ts'
import { reconcile } from '../../src/maintenance/reconcile.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { findQueueSettings } from '../../src/settings/queue-settings.ts'
import { engineTest, removeKeys } from '../support/engine-test.ts'
import { raceAtEveryMoment, type Ending, type Race } from '../support/every-moment.ts'
import { reconcileLater } from '../support/reconcile-later.ts'

/*
 * Changes of a limit that meet each other, or a queue that is put under the limit. One process pauses at each of its
 * commands in turn while another one acts, and then goes on, or dies. What a death leaves is repaired by one pass of the
 * reconciler.
 */

/** Weights are not paced, unlike requests. */
const rules = (max: number) => [{ unit: 'tokens', max, perMs: 3_600_000 }]

const TEN_MINUTES_MS = 600_000

/** Books tokens under a limit. Returns false if there is no room for them. */
async function use(engine: Engine, limit: string, tokens: number): Promise<boolean> {
  const question = { lookAheadUs: 1_000_000, leadUs: 0, weights: [{ tokens }] }
  const reply = await acquirePermits(engine, limit, question)
  return reply.kind === 'permits' && reply.answers[0]?.kind === 'granted'
}

/** What a limit has granted for now and later. */
async function usedOf(engine: Engine, limit: string): Promise<number> {
  const [rule] = (await readLimit(engine, limit)).rules
  return (rule?.used ?? 0) + (rule?.reserved ?? 0)
}

/** Only these refusals are expected, and the death of the slow process. */
function expectNoBug(ends: { slow: Ending; meanwhile: Ending; moment: string }): void {
  for (const end of [ends.slow, ends.meanwhile]) {
    if (end.kind !== 'failed') continue
    const isExpected = [LimitInUseError, LimitNotFoundError, LimitUnknownError].some(
      (type) => end.error instanceof type,
    )
    expect(isExpected, `at command ${ends.moment}: ${String(end.error)}`).toBe(true)
  }
}

describe('a limit that a queue is under', { timeout: 60_000 }, () => {
  const inUse = async (rival: Engine, name: string) => {
    await putLimit(rival, name, { rules: rules(100) })
    await putQueue(rival, `queue-${name}`, { limit: name })
    await use(rival, name, 60)
    return name
  }

  engineTest.for([{ slow: 'deletion' }, { slow: 'change' }])(
    'keeps its grants and gets its new settings if a slow $slow meets the other',
    async ({ slow }, { engine, openEngine, redis, prefix }) => {
      const rival = openEngine()
      const change = (process: Engine, name: string) => putLimit(process, name, { rules: rules(200) })

      await raceAtEveryMoment<string>(engine, {
        prepare: (name) => inUse(rival, name),
        slow: slow === 'deletion' ? deleteLimit : change,
        meanwhile: (name) => (slow === 'deletion' ? change(rival, name) : deleteLimit(rival, name)),
        check: async (name, ends) => {
          expectNoBug(ends)
          if (ends.slow.kind === 'died') await reconcile(rival)
          const deletion = slow === 'deletion' ? ends.slow : ends.meanwhile
          expect(deletion.kind, `at command ${ends.moment}`).not.toBe('done')
          const isChanged = slow === 'deletion' || ends.slow.kind === 'done'
          const [rule] = (await readLimit(rival, name)).rules
          if (isChanged) expect(rule?.max, `at command ${ends.moment}`).toBe(200)
          expect(await usedOf(rival, name), `at command ${ends.moment}: grants`).toBe(60)
          // The scripts know the settings that the registry has.
          expect(await use(rival, name, (rule?.max ?? 0) - 60), `at command ${ends.moment}`).toBe(true)
          expect(await use(rival, name, 1), `at command ${ends.moment}`).toBe(false)
          await removeKeys(redis, prefix)
        },
      })
    },
  )
})

describe('deleting a limit', { timeout: 60_000 }, () => {
  const name = (process: Engine, limit: string) => putQueue(process, `queue-${limit}`, { concurrency: 3, limit })

  engineTest.for([{ slow: 'deletion' }, { slow: 'queue' }])(
    'succeeds, or putting a queue under it does, if the $slow is slow',
    async ({ slow }, { engine, openEngine, redis, prefix }) => {
      const rival = openEngine()
      const outcomes = new Set<string>()

      await raceAtEveryMoment<string>(engine, {
        prepare: async (limit) => {
          await putLimit(rival, limit, { rules: rules(100) })
          return limit
        },
        slow: (process, limit) => (slow === 'deletion' ? deleteLimit(process, limit) : name(process, limit)),
        meanwhile: (limit) => (slow === 'deletion' ? name(rival, limit) : deleteLimit(rival, limit)),
        check: async (limit, ends) => {
          expectNoBug(ends)
          if (ends.slow.kind === 'died') await reconcile(rival)
          const isThere = await readLimit(rival, limit).then(
            () => true,
            () => false,
          )
          const settings = await findQueueSettings(rival, `queue-${limit}`)
          expect({ isThere, limit: settings?.limit ?? null }, `at command ${ends.moment}`).toEqual({
            isThere,
            limit: isThere ? limit : null,
          })
          outcomes.add(isThere ? 'named' : 'deleted')
          await removeKeys(redis, prefix)
        },
      })

      expect([...outcomes].toSorted()).toEqual(['deleted', 'named'])
    },
  )

  const recreate = (process: Engine, limit: string) => putLimit(process, limit, { rules: rules(200) })

  const RACES = [
    { slow: 'deletion', other: 'creation' },
    { slow: 'creation', other: 'deletion' },
    { slow: 'deletion', other: 'deletion' },
  ]

  engineTest.for(RACES)(
    'leaves no keys, or a limit that works, if a slow $slow meets a $other',
    async ({ slow, other }, { engine, openEngine, redis, prefix }) => {
      const rival = openEngine()
      const act = (kind: string) => (kind === 'deletion' ? deleteLimit : recreate)

      await raceAtEveryMoment<string>(engine, {
        prepare: async (limit) => {
          await putLimit(rival, limit, { rules: rules(100) })
          await use(rival, limit, 60)
          return limit
        },
        slow: act(slow),
        meanwhile: (limit) => act(other)(rival, limit),
        check: async (limit, ends) => {
          expectNoBug(ends)
          await reconcileLater(rival, ends.slow.kind === 'died' ? 0 : TEN_MINUTES_MS)
          const isThere = await readLimit(rival, limit).then(
            () => true,
            () => false,
          )
          const { settings, ledger } = rival.keys.limit(limit)
          if (isThere)
            expect(await use(rival, limit, 200 - (await usedOf(rival, limit))), `at command ${ends.moment}`).toBe(true)
          else expect(await redis.exists(settings, ledger), `at command ${ends.moment}`).toBe(0)
          await removeKeys(redis, prefix)
        },
      } satisfies Race<string>)
    },
  )
})
