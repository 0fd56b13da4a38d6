import { expect, test } from 'vitest'
import type { MockServer, ServiceStats } from '../../src/index.ts'
import {
  ask,
  askInTurn,
  concurrencyOf,
  HELD,
  hold,
  HOUR_MS,
  PATIENCE,
  startMulti,
  startSingle,
} from '../support/start-server.ts'

const NOTHING: ServiceStats = {
  requests: 0,
  ok: 0,
  rateLimited: 0,
  overloaded: 0,
  simulatedErrors: 0,
  peakConcurrency: 0,
  requestTimes: [],
}

async function statsOf(server: MockServer, name: string): Promise<ServiceStats | undefined> {
  const { status, body } = await ask(server, '/stats')
  expect(status).toBe(200)
  return (body as Record<string, ServiceStats>)[name]
}

test('200 with an empty object without services', async () => {
  const { server } = await startMulti()
  expect(await ask(server, '/stats')).toMatchObject({ status: 200, body: {} })
})

test('200 with zeros for a service that was not called', async () => {
  const { server, create } = await startMulti()
  await create('api')

  expect((await ask(server, '/stats')).body).toEqual({ api: NOTHING })
})

test('every response is counted by its kind', async () => {
  const { server, create } = await startMulti()
  await create('limited', { rateLimit: { limit: 2, windowMs: HOUR_MS } })
  await create('failing', { errorSimulation: { rate: 1 } })

  await askInTurn(server, '/mock/limited', 5)
  await askInTurn(server, '/mock/failing', 3)

  expect((await ask(server, '/stats')).body).toEqual({
    limited: {
      ...NOTHING,
      requests: 5,
      ok: 2,
      rateLimited: 3,
      peakConcurrency: 1,
      requestTimes: [expect.any(Number), expect.any(Number)],
    },
    failing: { ...NOTHING, requests: 3, simulatedErrors: 3 },
  })
})

test('a request whose client disconnects was accepted but is not ok; one beyond the concurrency is overloaded', async () => {
  const { server, create } = await startMulti()
  await create('api', { ...HELD, maxConcurrency: 3 })
  const held = [await hold(server, 'api'), await hold(server, 'api'), await hold(server, 'api')]
  await askInTurn(server, '/mock/api', 2)
  for (const { hangUp } of held) hangUp()
  await expect.poll(() => concurrencyOf('api'), PATIENCE).toBe(0)

  const stats = await statsOf(server, 'api')

  expect(stats).toMatchObject({ requests: 5, ok: 0, overloaded: 2, peakConcurrency: 3 })
  expect(stats?.requestTimes).toHaveLength(3)
})

test('requestTimes are the times of acceptance, in order, in ms since the epoch', async () => {
  const { server, create } = await startMulti()
  await create('api')
  const before = Date.now()
  await askInTurn(server, '/mock/api', 20)
  const after = Date.now()

  const times = (await statsOf(server, 'api'))?.requestTimes ?? []

  expect(times).toHaveLength(20)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  // The system clock and the clock of the limiters may differ slightly.
  expect(times.at(0)).toBeGreaterThan(before - 1000)
  expect(times.at(-1)).toBeLessThan(after + 1000)
})

test('requestTimes never show more than the limit in any window, under any load', async () => {
  const { server, create } = await startMulti()
  const rateLimit = { limit: 5, windowMs: 40 }
  await create('api', { limiter: 'sliding', rateLimit })

  while (((await statsOf(server, 'api'))?.ok ?? 0) < 40) {
    await Promise.all(Array.from({ length: 50 }, () => ask(server, '/mock/api')))
  }

  const times = (await statsOf(server, 'api'))?.requestTimes ?? []
  const spans = times.slice(rateLimit.limit).map((time, index) => time - (times[index] ?? 0))
  expect(Math.min(...spans)).toBeGreaterThanOrEqual(rateLimit.windowMs)
})

test('DELETE /stats: 200, and the counts of every service restart at 0', async () => {
  const { server, create } = await startMulti()
  await create('one')
  await create('two')
  await askInTurn(server, '/mock/one', 3)

  expect(await ask(server, '/stats', { method: 'DELETE' })).toMatchObject({ status: 200, body: { status: 'cleared' } })

  expect((await ask(server, '/stats')).body).toEqual({ one: NOTHING, two: NOTHING })
  await askInTurn(server, '/mock/one', 2)
  expect(await statsOf(server, 'one')).toMatchObject({ requests: 2, ok: 2 })
})

test('DELETE /stats does not change the limits, and requests in progress finish in the old counts', async () => {
  const { server, create } = await startMulti()
  await create('api', { ...HELD, rateLimit: { limit: 1, windowMs: HOUR_MS } })
  await hold(server, 'api')

  await ask(server, '/stats', { method: 'DELETE' })

  expect(await statsOf(server, 'api')).toEqual({ ...NOTHING, peakConcurrency: 1 })
  expect(await askInTurn(server, '/mock/api', 1)).toEqual([429])
})

test('the service of single mode is called "default"', async () => {
  const server = await startSingle()
  await askInTurn(server, '/', 2)

  expect(await statsOf(server, 'default')).toMatchObject({ requests: 2, ok: 2 })
})
