import { freePort, startProcess, startRedis } from '@sluice/testing'
import { describe, expect, test, vi, type TestContext } from 'vitest'
import type { BatchView } from '../packages/contracts/src/index.ts'
import { Actor } from './chaos/actor.ts'

const TASKS = 40

type OnTestFinished = TestContext['onTestFinished']

type Part = 'redis' | 'api' | 'worker'

const orders: Part[][] = [
  ['redis', 'worker', 'api'],
  ['api', 'redis', 'worker'],
  ['worker', 'api', 'redis'],
]

async function startUpstream(onTestFinished: OnTestFinished): Promise<string> {
  const port = String(await freePort())
  const upstream = `127.0.0.1:${port}`
  const env = { MOCK_PORT: port, MOCK_MAX_CONCURRENCY: '1000', MOCK_RATE_LIMIT: '10000', MOCK_DELAY_MS: '200,300' }
  const entry = new URL('../apps/mock-upstream/src/main.ts', import.meta.url)
  const running = await startProcess({ entry, env, ready: `http://${upstream}/stats` })
  onTestFinished(async () => void (await running.kill()))
  return upstream
}

/** An installation of which nothing runs yet; each part can be started and stopped in good order. */
async function prepare(onTestFinished: OnTestFinished) {
  const upstream = await startUpstream(onTestFinished)
  const redis = await startRedis({ args: ['--appendonly', 'yes'] })
  await redis.kill()
  const [api, worker] = await Promise.all(
    (['api', 'worker'] as const).map((app) => Actor.create(app, 0, redis.url, upstream)),
  )
  if (!api || !worker) throw new Error('nothing was created')
  onTestFinished(async () => {
    await Promise.all([api.discard(), worker.discard()])
    await redis.stop()
  })
  const parts = { redis: { start: () => redis.restart(), stop: () => redis.kill() }, api, worker }
  return { parts, upstream, baseUrl: `${api.baseUrl}/v1/batches` }
}

async function submit(baseUrl: string, upstream: string): Promise<string> {
  const tasks = Array.from({ length: TASKS }, () => ({ payload: { url: `http://${upstream}/` } }))
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tasks, concurrency: 4 }),
  }
  return await vi.waitFor(
    async () => {
      const response = await fetch(baseUrl, init)
      expect(response.status).toBe(201)
      return ((await response.json()) as BatchView).id
    },
    { timeout: 30_000, interval: 50 },
  )
}

describe.concurrent(
  'the order in which everything is started and stopped does not matter',
  { timeout: 240_000 },
  () => {
    test.for(orders)('%s, %s, %s', async (order, { onTestFinished }) => {
      const { parts, upstream, baseUrl } = await prepare(onTestFinished)
      const completed = async (id: string) =>
        ((await (await fetch(`${baseUrl}/${id}`)).json()) as BatchView).counts.completed

      for (const part of order) await parts[part].start()
      const id = await submit(baseUrl, upstream)
      await vi.waitFor(async () => expect(await completed(id)).toBeGreaterThan(4), { timeout: 30_000 })
      for (const part of order) await parts[part].stop()
      for (const part of order) await parts[part].start()

      // What a worker that found Redis gone could not give back is taken over when its lock has lapsed.
      await vi.waitFor(async () => expect(await completed(id)).toBe(TASKS), { timeout: 90_000, interval: 100 })
    })
  },
)
