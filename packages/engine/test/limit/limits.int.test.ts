import { expect } from 'vitest'
import { LimitInUseError, LimitNotFoundError, LimitUnknownError } from '../../src/errors.ts'
import { deleteLimit } from '../../src/limit/delete-limit.ts'
import { acquirePermits, settlePermits } from '../../src/limit/permits.ts'
import { putLimit } from '../../src/limit/put-limit.ts'
import { listLimits, readLimit } from '../../src/limit/read-limit.ts'
import { deleteQueue } from '../../src/queue/delete-queue.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { findQueueSettings, listQueueNames } from '../../src/settings/queue-settings.ts'
import { engineTest as test } from '../support/engine-test.ts'
import { watchRedis } from '../support/watched-redis.ts'

const rules = [{ unit: 'requests', max: 100, perMs: 60_000 }]
const QUESTION = { lookAheadUs: 1_000_000, leadUs: 0 }

test('a limit is listed from its creation to its deletion, which leaves no keys', async ({ engine }) => {
  await putLimit(engine, 'b', { rules })
  await putLimit(engine, 'a', { rules })
  await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 1 }] })
  expect((await listLimits(engine)).map(({ name }) => name)).toEqual(['a', 'b'])

  await deleteLimit(engine, 'a')

  expect((await listLimits(engine)).map(({ name }) => name)).toEqual(['b'])
  await expect(readLimit(engine, 'a')).rejects.toThrow(LimitNotFoundError)
  expect(await engine.redis.exists(engine.keys.limit('a').settings, engine.keys.limit('a').ledger)).toBe(0)
})

test('a limit that is deleted and created again starts empty', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 60 }] })

  await deleteLimit(engine, 'a')
  const { limit, isNew } = await putLimit(engine, 'a', { rules })

  expect([isNew, limit.rules[0]?.used]).toEqual([true, 0])
})

test('a limit whose deletion was refused keeps its settings and its use', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  await putQueue(engine, 'calls', { limit: 'a' })
  await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 60 }] })

  await expect(deleteLimit(engine, 'a')).rejects.toThrow(LimitInUseError)

  expect((await readLimit(engine, 'a')).rules).toMatchObject([{ max: 100, used: 60 }])
})

test('no queue names a deleted limit, whenever the limit is deleted while putQueue names it', async ({ engine }) => {
  const outcomes = new Set<string>()
  for (let moment = 0; moment < 12; moment += 1) {
    for (const isNew of [true, false]) {
      const queue = `calls-${moment}-${isNew}`
      if (!isNew) await putQueue(engine, queue, { concurrency: 3 })
      await putLimit(engine, 'a', { rules })
      let count = 0
      const after = async () => {
        count += 1
        if (count === moment + 1)
          await deleteLimit(engine, 'a').catch((error: unknown) => expect(error).toBeInstanceOf(LimitInUseError))
      }
      const namer = { ...engine, redis: watchRedis(engine.redis, { after }) }
      const naming = await putQueue(namer, queue, { limit: 'a' }).catch((error: unknown) => error)

      const isThere = (await listLimits(engine)).length === 1
      const settings = await findQueueSettings(engine, queue)
      expect(isThere || settings?.limit !== 'a', `${queue}: ${String(naming)}`).toBe(true)
      if (naming instanceof Error) {
        expect(naming).toBeInstanceOf(LimitUnknownError)
        expect(settings?.concurrency, 'a refused queue keeps its settings').toBe(isNew ? undefined : 3)
        expect((await listQueueNames(engine)).includes(queue)).toBe(!isNew)
      }
      outcomes.add(naming instanceof Error ? 'refused' : 'named')
      if (settings) await deleteQueue(engine, queue)
    }
  }
  expect([...outcomes].toSorted()).toEqual(['named', 'refused'])
})

test('a late correction has no effect, because it may have been sent twice', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  const reply = await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 5 }] })
  if (reply.kind !== 'permits' || reply.answers[0]?.kind !== 'granted') throw new Error('it was not granted')
  const corrections = [{ bookedUs: reply.answers[0].startUs, unit: 'requests', change: -5 }]

  await settlePermits(engine, 'a', { deadlineUs: reply.nowUs - 1, corrections })
  const late = (await readLimit(engine, 'a')).rules[0]?.used
  await settlePermits(engine, 'a', { deadlineUs: reply.nowUs + 60_000_000, corrections })
  const inTime = (await readLimit(engine, 'a')).rules[0]?.used

  expect([late, inTime]).toEqual([5, 0])
})
