import { expect } from 'vitest'
import { LimitInUseError, LimitNotFoundError, TooManyLimitsError } from '../../src/errors.ts'
import { deleteLimit } from '../../src/limit/delete-limit.ts'
import { acquirePermits, settlePermits } from '../../src/limit/permits.ts'
import { putLimit } from '../../src/limit/put-limit.ts'
import { listLimits, readLimit } from '../../src/limit/read-limit.ts'
import { putQueue } from '../../src/queue/put-queue.ts'
import { listLimitNames } from '../../src/settings/limit-settings.ts'
import { engineTest as test } from '../support/engine-test.ts'

const rules = [{ unit: 'requests', max: 100, perMs: 60_000 }]
const QUESTION = { lookAheadUs: 1_000_000, leadUs: 0 }

test('a limit is listed from its creation to its deletion, which leaves no keys', async ({ engine }) => {
  await putLimit(engine, 'b', { rules })
  await putLimit(engine, 'a', { rules })
  await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 1 }] })
  expect(await listLimitNames(engine)).toEqual(['a', 'b'])

  await deleteLimit(engine, 'a')

  expect(await listLimitNames(engine)).toEqual(['b'])
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

test('limits are listed in pages', async ({ engine }) => {
  for (const name of ['c', 'a', 'b']) await putLimit(engine, name, { rules })

  const first = await listLimits(engine, { pageSize: 2 })
  const second = await listLimits(engine, { pageSize: 2, cursor: first.nextCursor ?? undefined })

  expect([first, second].map(({ limits }) => limits.map(({ name }) => name))).toEqual([['a', 'b'], ['c']])
  expect(second.nextCursor).toBeNull()
})

test('a limit that exceeds the maximum is refused, and the others can still be changed', async ({ openEngine }) => {
  const engine = openEngine({ maxLimits: 1 })
  await putLimit(engine, 'a', { rules })

  await expect(putLimit(engine, 'b', { rules })).rejects.toThrow(TooManyLimitsError)
  expect((await putLimit(engine, 'a', { rules, burstFactor: 5 })).isNew).toBe(false)

  await deleteLimit(engine, 'a')
  expect((await putLimit(engine, 'b', { rules })).isNew).toBe(true)
})

test('a limit whose deletion was refused keeps its settings and its use', async ({ engine }) => {
  await putLimit(engine, 'a', { rules })
  await putQueue(engine, 'calls', { limit: 'a' })
  await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 60 }] })

  await expect(deleteLimit(engine, 'a')).rejects.toThrow(LimitInUseError)

  expect((await readLimit(engine, 'a')).rules).toMatchObject([{ max: 100, used: 60 }])
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

test.for([1e20, 1e21, 1.5e300])('a weight of %s is more than a limit ever allows', async (tokens, { engine }) => {
  await putLimit(engine, 'a', { rules: [{ unit: 'tokens', max: 100, perMs: 60_000 }] })

  const reply = await acquirePermits(engine, 'a', { ...QUESTION, weights: [{ requests: 1, tokens }] })

  expect(reply).toMatchObject({ kind: 'permits', answers: [{ kind: 'impossible' }] })
  expect((await readLimit(engine, 'a')).rules).toMatchObject([{ used: 0 }])
})
