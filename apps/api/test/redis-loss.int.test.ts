import { setTimeout as sleep } from 'node:timers/promises'
import { closeEngine, connectRedis, createEngine } from '@sluice/engine'
import { isCluster, RedisLink, redisTest } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { buildApp } from '../src/app.ts'
import { createBatch, problemOf, taskLines } from './support/requests.ts'

/** An API whose connection to Redis can be cut. Skipped on a cluster, whose clients bypass a link. */
const linkTest = redisTest
  .extend('link', async ({ redisUrl, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    onTestFinished(() => link.close())
    return link
  })
  .extend('app', async ({ link, prefix, onTestFinished }) => {
    const redis = connectRedis(link.url, { failFast: true })
    redis.on('error', () => {})
    const engine = createEngine({ redis, prefix })
    const app = await buildApp({ engine, allowAnonymous: true })
    onTestFinished(async () => {
      await app.close()
      await closeEngine(engine)
      redis.disconnect()
    })
    return app
  })
  .skipIf(isCluster)

/** How long a request may take to be answered once its connection to Redis is gone. It would time out after three seconds. */
const ANSWERED_WITHIN_MS = 1000

describe('a request under way when the connection to Redis breaks', () => {
  linkTest('503 at once, although Redis is back before', async ({ link, app }) => {
    await createBatch(app)
    // From now on nothing arrives in time: whatever is sent is under way.
    link.delay(60_000)
    const sentBefore = link.bytesSent
    const payload = { metadata: { text: 'x'.repeat(10_000) } }
    const answer = app.inject({ method: 'POST', url: '/v1/batches', payload })
    const read = app.inject({ url: '/v1/batches' })
    await expect.poll(() => link.bytesSent - sentBefore).toBeGreaterThan(100)

    link.cut()
    link.restore()
    const late = sleep(ANSWERED_WITHIN_MS, 'late' as const)

    for (const request of [answer, read]) {
      const response = await Promise.race([request, late])
      if (response === 'late') throw new Error(`not answered within ${ANSWERED_WITHIN_MS} ms`)
      expect(response.statusCode).toBe(503)
      expect(problemOf(response).code).toBe('SLUICE_REDIS_UNAVAILABLE')
    }
    await expect.poll(async () => (await app.inject({ url: '/v1/batches' })).statusCode, { timeout: 10_000 }).toBe(200)
  })

  linkTest('503 with what was accepted, for an upload, which continues afterwards', async ({ link, app }) => {
    const { id } = await createBatch(app)
    link.delay(60_000)
    const upload = (lines: readonly string[]) =>
      app.inject({
        method: 'POST',
        url: `/v1/batches/${id}/tasks?offset=0`,
        headers: { 'content-type': 'application/x-ndjson' },
        payload: lines.join('\n'),
      })
    const answer = upload(taskLines(100))
    await expect.poll(() => link.bytesSent).toBeGreaterThan(1000)

    link.cut()
    link.restore()

    expect((await answer).statusCode).toBe(503)
    await expect.poll(async () => (await upload(taskLines(100))).statusCode, { timeout: 10_000 }).toBe(200)
    expect((await app.inject({ url: `/v1/batches/${id}` })).json()).toMatchObject({ counts: { total: 100 } })
  })
})
