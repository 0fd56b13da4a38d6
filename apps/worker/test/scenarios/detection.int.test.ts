import { buildApp } from '@sluice/api'
import type { DetectionBudgets } from '@sluice/engine'
import { startMockServer, type ServiceSettings } from '@sluice/mock-upstream'
import { describe, expect } from 'vitest'
import { fleetTest, until } from '../support/fleet-test.ts'

interface Detection {
  id: string
  state: string
  progress: { stage: string; requests: number } | null
  result: {
    concurrency: { limit: number | null; atLeast: number }
    rate: { limit: { max: number; perMs: number; source: string } | null; atLeastPerSecond: number }
    recommended: { limit: object | null; concurrency: number | null }
    confidence: string
    notes: string[]
    cost: { requests: number }
  } | null
  error: { reason: string; message: string } | null
}

const EASY: ServiceSettings = {
  maxConcurrency: 1000,
  rateLimit: { limit: 1_000_000, windowMs: 3_600_000 },
  delayMs: [20, 40],
}

/** A test with the API, upstreams and detections of their limits. */
const detectionTest = fleetTest
  .extend('app', async ({ engine, onTestFinished }) => {
    const app = await buildApp({ engine, allowAnonymous: true })
    onTestFinished(() => app.close())
    return app
  })
  .extend('startUpstream', ({ onTestFinished }) => async (config: Partial<ServiceSettings>) => {
    const server = await startMockServer({ port: 0, mode: 'single', defaultService: { ...EASY, ...config } })
    onTestFinished(() => server.stop())
    return server.url
  })
  .extend(
    'startAllowedWorker',
    ({ startWorker }) =>
      () =>
        startWorker({ SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1' }),
  )
  .extend('detect', ({ app }) => async (url: string, budgets: DetectionBudgets = {}): Promise<Detection> => {
    const answer = await app.inject({ method: 'POST', url: '/v1/detections', payload: { url, budgets } })
    expect(answer.statusCode, `answer: ${answer.body}`).toBe(202)
    return answer.json<Detection>()
  })
  .extend('read', ({ app }) => async ({ id }: { id: string }): Promise<Detection> => {
    return (await app.inject({ url: `/v1/detections/${id}` })).json<Detection>()
  })
  .extend('untilFinished', ({ read }) => async (detection: { id: string }, timeoutMs = 60_000): Promise<Detection> => {
    await until(async () => !['pending', 'running'].includes((await read(detection)).state), timeoutMs)
    return await read(detection)
  })

// Sequential: on a busy machine short windows look longer.
describe('a detection of limits', { timeout: 120_000, retry: 2 }, () => {
  detectionTest(
    'finds a rate limit and recommends settings that fit',
    async ({ startUpstream, startAllowedWorker, detect, untilFinished, app }) => {
      const url = await startUpstream({ rateLimit: { limit: 20, windowMs: 1000 }, limiter: 'sliding' })
      await startAllowedWorker()

      const { state, result, error } = await untilFinished(await detect(url, { maxConcurrency: 16 }))

      expect({ state, error }).toEqual({ state: 'completed', error: null })
      const { max = 0, perMs = 1 } = result?.rate.limit ?? {}
      expect((max / perMs) * 1000, `result: ${JSON.stringify(result)}`).toBeGreaterThan(17)
      expect((max / perMs) * 1000, `result: ${JSON.stringify(result)}`).toBeLessThan(23)
      const { recommended } = result ?? {}
      expect(recommended?.limit).toMatchObject({ rules: [{ unit: 'requests' }], burstFactor: expect.any(Number) })
      expect(app.hasRoute({ method: 'POST', url: '/v1/detections' })).toBe(true)
    },
  )

  detectionTest(
    'finds a concurrency limit if the rate is not limited',
    async ({ startUpstream, startAllowedWorker, detect, untilFinished }) => {
      const url = await startUpstream({ maxConcurrency: 5, delayMs: [60, 80] })
      await startAllowedWorker()

      const { state, result } = await untilFinished(await detect(url, { requests: 150 }))

      expect(state).toBe('completed')
      expect(result).toMatchObject({ concurrency: { limit: 5 }, rate: { limit: null } })
      expect(result?.recommended).toEqual({ limit: null, concurrency: 4 })
      expect(result?.rate.atLeastPerSecond).toBeGreaterThan(10)
    },
  )

  detectionTest(
    'trusts headers that declare the limit',
    async ({ startUpstream, startAllowedWorker, detect, untilFinished }) => {
      const url = await startUpstream({
        rateLimit: { limit: 60, windowMs: 2000 },
        limiter: 'sliding',
        rateLimitHeaders: 'ietf',
      })
      await startAllowedWorker()

      const { result } = await untilFinished(await detect(url))

      expect(result?.rate.limit).toMatchObject({ max: 60, perMs: 2000, source: 'headers' })
      expect(result?.recommended.limit).toEqual({ rules: [{ unit: 'requests', max: 54, perMs: 2000 }], burstFactor: 2 })
    },
  )
})

describe.concurrent('a detection', { timeout: 120_000 }, () => {
  detectionTest(
    'fails if no call succeeds, with the response of the upstream',
    async ({ startUpstream, startAllowedWorker, detect, untilFinished }) => {
      const url = await startUpstream({ errorSimulation: { rate: 1, statusCode: 401, errorMessage: 'no such key' } })
      await startAllowedWorker()

      const { state, result, error } = await untilFinished(await detect(url))

      expect({ state, result }).toEqual({ state: 'failed', result: null })
      expect(error).toMatchObject({ reason: 'no_success', message: expect.stringMatching(/returned 401.*no such key/) })
    },
  )

  detectionTest('fails if nothing listens at the address', async ({ startAllowedWorker, app, untilFinished }) => {
    await startAllowedWorker()
    const answer = await app.inject({ method: 'POST', url: '/v1/detections', payload: { url: 'http://127.0.0.1:1/' } })

    const { error } = await untilFinished(answer.json<Detection>())

    expect(error).toMatchObject({ reason: 'no_success', message: expect.stringMatching(/127\.0\.0\.1:1/) })
  })

  detectionTest(
    'fails with refused for an address that tasks must not call',
    async ({ startUpstream, startWorker, detect, untilFinished }) => {
      const url = await startUpstream({})
      await startWorker()

      const { state, error } = await untilFinished(await detect(url))

      expect(state).toBe('failed')
      // The address of a name is only in the log: it would tell callers about the network of the worker.
      expect(error).toMatchObject({ reason: 'refused', message: expect.stringContaining('only public addresses') })
    },
  )

  detectionTest(
    'makes no further call once it is cancelled',
    async ({ startUpstream, startAllowedWorker, detect, read, app }) => {
      const url = await startUpstream({ delayMs: [100, 100] })
      await startAllowedWorker()
      const { id } = await detect(url)
      await until(async () => ((await read({ id })).progress?.requests ?? 0) > 3)

      const cancelled = await app.inject({ method: 'POST', url: `/v1/detections/${id}/cancel` })

      expect(cancelled.json<Detection>().state).toBe('cancelled')
      const callsNow = async () =>
        Object.values((await (await fetch(`${url}/stats`)).json()) as Record<string, { requests: number }>)[0]?.requests
      let before: number | undefined
      await until(async () => {
        const now = await callsNow()
        const isQuiet = now === before
        before = now
        if (isQuiet) return true
        // Time for several calls.
        await new Promise((resolve) => setTimeout(resolve, 500))
        return false
      })
      expect(await read({ id })).toMatchObject({ state: 'cancelled', result: null, error: null })
    },
  )

  detectionTest(
    'fails with worker_lost if its worker is killed',
    async ({ startUpstream, startAllowedWorker, detect, read, untilFinished }) => {
      const url = await startUpstream({ delayMs: [100, 100] })
      const doomed = await startAllowedWorker()
      const { id } = await detect(url)
      await until(async () => ((await read({ id })).progress?.requests ?? 0) > 3)

      await doomed.kill()
      await startAllowedWorker()

      const { state, error } = await untilFinished({ id })
      expect(state).toBe('failed')
      expect(error?.reason).toBe('worker_lost')
    },
  )

  detectionTest(
    'fails with worker_stopped if its worker is stopped',
    async ({ startUpstream, startWorker, detect, read }) => {
      const url = await startUpstream({ delayMs: [100, 100] })
      const leaving = await startWorker({ SLUICE_HTTP_ALLOW_HOSTS: '127.0.0.1', SLUICE_SHUTDOWN_GRACE_MS: '100' })
      const { id } = await detect(url)
      await until(async () => ((await read({ id })).progress?.requests ?? 0) > 3)

      const exit = await leaving.stop('SIGTERM')

      expect(exit).toEqual({ code: 0, signal: null })
      expect(await read({ id })).toMatchObject({ state: 'failed', error: { reason: 'worker_stopped' } })
    },
  )
})
