import { isCluster, RedisLink } from '@sluice/testing'
import { describe, expect } from 'vitest'
import { connectRedis, type ConnectOptions, type RedisConnection } from '../src/connect-redis.ts'
import { closeEngine, createEngine } from '../src/engine.ts'
import { serveTickets } from '../src/turn/serve-tickets.ts'
import { newBatch } from './support/batches.ts'
import { addWorker, engineTest } from './support/engine-test.ts'

/** Skipped on a cluster: its servers announce the others' addresses, so that clients bypass a link. */
const linkTest = engineTest
  .extend('link', async ({ redisUrl, onTestFinished }) => {
    const link = await RedisLink.start(redisUrl)
    onTestFinished(() => link.close())
    return link
  })
  .extend('connect', ({ link, onTestFinished }) => (options: ConnectOptions = {}): RedisConnection => {
    const far = connectRedis(link.url, { connectionName: 'far', ...options })
    far.on('error', () => {})
    onTestFinished(() => far.disconnect())
    return far
  })
  .skipIf(isCluster)

/** Five seconds until the loss is noticed, and as long again on a busy machine. Without a check it takes longer, or forever. */
const NOTICED_WITHIN_MS = 10_000

describe('a failFast connection', () => {
  linkTest(
    'fails a command under way as soon as it breaks, although Redis is back at once',
    async ({ link, connect, redis }) => {
      const far = connect({ failFast: true })
      await far.ping()
      const answer = far.blpop('nobody', 0).catch((error: unknown) => error)
      await expect.poll(() => redis.client('LIST')).toMatch(/name=far .*cmd=blpop/)

      link.cut()
      link.restore()

      // It is connected again long before anything times out.
      await expect.poll(() => far.ping().catch(() => 'not yet')).toBe('PONG')
      expect(await Promise.race([answer, far.ping()])).toMatchObject({ name: 'MaxRetriesPerRequestError' })
    },
  )

  linkTest(
    'fails commands while Redis is down, those of a queue that is new to it, too',
    async ({ link, connect, prefix, onTestFinished }) => {
      link.cut()
      const engine = createEngine({ redis: connect({ failFast: true }), prefix })
      onTestFinished(() => closeEngine(engine))
      const queue = engine.ticketQueues.open('new')

      await expect(queue.getJobCounts()).rejects.toThrow(/Connection|retries/)
      link.restore()

      await expect.poll(() => queue.getJobCounts().catch(() => 'not yet')).toMatchObject({ active: 0 })
    },
  )
})

describe.each([{ failFast: true }, { failFast: false }])('a connection with %o', (options) => {
  linkTest(
    'notices within seconds that the network has dropped it, though nothing uses it',
    async ({ link, connect }) => {
      const far = connect(options)
      await far.ping()
      let losses = 0
      far.on('close', () => (losses += 1))

      link.forget()

      await expect.poll(() => losses, { timeout: NOTICED_WITHIN_MS }).toBe(1)
      await expect.poll(() => far.ping().catch(() => 'not yet')).toBe('PONG')
    },
  )

  linkTest('is kept while it is idle and Redis answers', async ({ connect, redis }) => {
    const far = connect(options)
    await far.ping()
    let losses = 0
    far.on('close', () => (losses += 1))
    const pings = async () => String(await redis.client('LIST')).match(/name=far .*cmd=ping/)

    // Its own ping counts, too, so it does something else first.
    await far.echo('a')
    await expect.poll(pings, { timeout: NOTICED_WITHIN_MS }).not.toBeNull()

    expect(losses).toBe(0)
  })
})

linkTest(
  'a worker that waits for tickets notices within seconds that the network has dropped it',
  async ({ link, connect, engine, redis, prefix, onTestFinished }) => {
    const far = createEngine({ redis: connect(), prefix })
    const started: string[] = []
    const service = await serveTickets(far, 'default', {
      workerId: await addWorker(engine),
      concurrency: 1,
      onError: () => {},
      runTicket: async ({ batchId }) => {
        started.push(batchId)
        return { kind: 'retire' }
      },
    })
    onTestFinished(() => service.close())
    await expect.poll(() => redis.client('LIST')).toContain('cmd=bzpopmin')

    link.forget()
    const id = await newBatch(engine, { tasks: 1 })

    await expect.poll(() => started, { timeout: NOTICED_WITHIN_MS }).toContain(id)
  },
)

linkTest('a process that has stood still for seconds keeps its connections', async ({ connect }) => {
  const far = connect()
  await far.ping()
  let losses = 0
  far.on('close', () => (losses += 1))

  const reply = far.echo('a')
  for (const startedAt = performance.now(); performance.now() - startedAt < 6000;);

  expect(await reply).toBe('a')
  // A connection that was given up would be gone by the time of another reply.
  await far.ping()
  expect(losses).toBe(0)
})

linkTest('notices within seconds that a server accepts connections and does not answer', async ({ link, connect }) => {
  link.deafen()
  const far = connect()
  let losses = 0
  far.on('close', () => (losses += 1))

  await expect.poll(() => losses, { timeout: NOTICED_WITHIN_MS }).toBeGreaterThan(0)
  link.restore()
  await expect.poll(() => far.status, { timeout: NOTICED_WITHIN_MS }).toBe('ready')
})
