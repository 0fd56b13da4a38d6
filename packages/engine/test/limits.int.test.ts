import { expect } from 'vitest'
import { LimitInUseError, LimitNotFoundError, UnknownLimitError } from '../src/errors.ts'
import { deleteLimit } from '../src/limit/delete-limit.ts'
import { acquirePermits, settlePermits } from '../src/limit/permits.ts'
import { putLimit } from '../src/limit/put-limit.ts'
import { listLimits, readLimit } from '../src/limit/read-limit.ts'
import { deleteQueue } from '../src/queue/delete-queue.ts'
import { putQueue } from '../src/queue/put-queue.ts'
import { findQueueSettings } from '../src/queue/queue-settings.ts'
import { engineTest as test } from './support/engine-test.ts'

const rules = [{ unit: 'requests', max: 100, perMs: 60_000 }]
const QUESTION = { horizonUs: 1_000_000, leadUs: 0 }

test('a limit is listed from the moment it exists until it is deleted, and then leaves nothing behind', async ({
  engine,
}) => {
  await putLimit(engine, 'b', { rules })
  await putLimit(engine, 'a', { rules })
  await acquirePermits(engine, 'a', { ...QUESTION, costs: [{ requests: 1 }] })
  expect((await listLimits(engine)).map(({ name }) => name)).toEqual(['a', 'b'])

  await deleteLimit(engine, 'a')

  expect((await listLimits(engine)).map(({ name }) => name)).toEqual(['b'])
  await expect(readLimit(engine, 'a')).rejects.toThrow(LimitNotFoundError)
  expect(await engine.redis.exists(engine.keys.limit('a').config, engine.keys.limit('a').ledger)).toBe(0)
})

test('a limit that is deleted and made again begins empty', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  await acquirePermits(engine, 'a', { ...QUESTION, costs: [{ requests: 60 }] })

  await deleteLimit(engine, 'a')
  const { limit, isNew } = await putLimit(engine, 'a', { rules })

  expect([isNew, limit.rules[0]?.used]).toEqual([true, 0])
})

test('a limit that was refused its deletion holds as before', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  await putQueue(engine, 'calls', { limit: 'a' })
  await acquirePermits(engine, 'a', { ...QUESTION, costs: [{ requests: 60 }] })

  await expect(deleteLimit(engine, 'a')).rejects.toThrow(LimitInUseError)

  expect((await readLimit(engine, 'a')).rules).toMatchObject([{ max: 100, used: 60 }])
})

test('however a limit is deleted while queues come to name it, no queue is left under a limit that is gone', async ({
  engine,
  openRivals,
}) => {
  const [deleter = engine, namer = engine] = await openRivals(2)
  for (let round = 0; round < 50; round += 1) {
    await putLimit(engine, 'a', { rules })
    const [deletion, naming] = await Promise.allSettled([
      deleteLimit(deleter, 'a'),
      putQueue(namer, 'calls', { limit: 'a' }),
    ])

    const isThere = (await listLimits(engine)).length === 1
    const isNamed = (await findQueueSettings(engine, 'calls'))?.limit === 'a'
    expect(isThere || !isNamed, `round ${round}: ${deletion.status}, ${naming.status}`).toBe(true)
    if (naming.status === 'rejected') expect(naming.reason).toBeInstanceOf(UnknownLimitError)
    if (isNamed) await deleteQueue(engine, 'calls')
  }
})

test('a correction that arrives late is not made: it may be one that was sent twice', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  const reply = await acquirePermits(engine, 'a', { ...QUESTION, costs: [{ requests: 5 }] })
  if (reply.outcome !== 'permits' || reply.answers[0]?.outcome !== 'granted') throw new Error('it was not granted')
  const corrections = [{ bookedUs: reply.answers[0].slotUs, unit: 'requests', change: -5 }]

  await settlePermits(engine, 'a', { deadlineUs: reply.nowUs - 1, corrections })
  const late = (await readLimit(engine, 'a')).rules[0]?.used
  await settlePermits(engine, 'a', { deadlineUs: reply.nowUs + 60_000_000, corrections })
  const inTime = (await readLimit(engine, 'a')).rules[0]?.used

  expect([late, inTime]).toEqual([5, 0])
})
