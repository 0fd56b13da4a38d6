import { expect } from 'vitest'
import { apiTest } from '../support/api-test.ts'
import { createBatch } from '../support/requests.ts'

const AN_HOUR_MS = 3_600_000

apiTest('200 upstreamWait states what a batch waits for whose upstream refuses calls', async ({ app, engine }) => {
  const { id } = await createBatch(app, { tasks: [{ payload: 1 }] })
  const later = new Date(Date.now() + AN_HOUR_MS)
  const read = async (fields: Record<string, number>) => {
    const nothing = { paused_until: 0, backoff: 0, refusals: 0, pace: 0 }
    await engine.redis.hset(engine.keys.batch(id).meta, { ...nothing, ...fields })
    return (await app.inject({ url: `/v1/batches/${id}` })).json<{ upstreamWait: unknown }>().upstreamWait
  }

  const open = await read({})
  const named = await read({ paused_until: Number(later) })
  const paused = await read({ paused_until: Number(later), backoff: 1000, refusals: 5 })
  const probing = await read({ backoff: 1000, refusals: 1, pace: 2 })
  const paced = await read({ pace: 0.9123456 })

  expect(open).toBeNull()
  expect(named).toEqual({
    state: 'paused',
    startsPerSecond: null,
    message: `The upstream asked for a pause until ${later.toISOString()}.`,
  })
  expect(paused).toEqual({
    state: 'paused',
    startsPerSecond: null,
    message: `The upstream has refused 5 calls in a row. No task starts before ${later.toISOString()}; then one probes.`,
  })
  expect(probing).toEqual({
    state: 'probing',
    startsPerSecond: 2,
    message: 'The upstream has refused 1 call. One task at a time probes whether it accepts calls again.',
  })
  expect(paced).toEqual({
    state: 'paced',
    startsPerSecond: 0.912,
    message: 'The upstream has refused calls. 0.912 tasks start per second, and slowly more until it refuses one.',
  })
})
