import { startRedisCluster, type RedisCluster } from '@sluice/testing'
import { Redis, type Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { appendTasks } from '../src/batch/append-tasks.ts'
import { cancelBatch } from '../src/batch/cancel-batch.ts'
import { chunkTasks } from '../src/batch/chunk-tasks.ts'
import { createBatch } from '../src/batch/create-batch.ts'
import { deleteBatch } from '../src/batch/delete-batch.ts'
import { interruptBatch } from '../src/batch/interrupt-batch.ts'
import { listBatches } from '../src/batch/list-batches.ts'
import { readBatch } from '../src/batch/read-batch.ts'
import { readInterruptions } from '../src/batch/read-interruptions.ts'
import { readReport } from '../src/batch/read-report.ts'
import { resumeBatch } from '../src/batch/resume-batch.ts'
import { retryTasks } from '../src/batch/retry-tasks.ts'
import { updateBatch } from '../src/batch/update-batch.ts'
import { connectRedis } from '../src/connect-redis.ts'
import { closeEngine, type Engine } from '../src/engine.ts'
import { checkHealth, checkRedisSettings, engineCounts } from '../src/health.ts'
import { deleteQueue } from '../src/queue/delete-queue.ts'
import { putQueue } from '../src/queue/put-queue.ts'
import { range } from '../src/range.ts'
import { reconcile } from '../src/maintenance/reconcile.ts'
import { receiveSignals, type Signal } from '../src/signals.ts'
import { checkStorage } from '../src/storage-guard.ts'
import { listTasks } from '../src/task/list-tasks.ts'
import { readResults } from '../src/task/read-results.ts'
import { issueTickets } from '../src/ticket/issue-tickets.ts'
import { serveTickets, type RunEnd } from '../src/turn/serve-tickets.ts'
import { envelopes, makeDue, newBatch } from './support/batches.ts'
import { addWorker, checkedEngine } from './support/engine-test.ts'
import { completed, failed, retry } from './support/outcomes.ts'
import { reconcileLater } from './support/reconcile-later.ts'
import { runSpreads } from './support/run-spreads.ts'
import { addRepairs } from '../src/maintenance/repairs.ts'
import { runToEnd, TicketDriver } from './support/ticket-driver.ts'

const A_MONTH_MS = 30 * 24 * 3_600_000

let cluster: RedisCluster
let redis: Cluster
let engine: Engine

beforeAll(async () => {
  cluster = await startRedisCluster()
  redis = connectRedis(cluster.url) as Cluster
  engine = checkedEngine(redis, 'sluice')
})

afterAll(async () => {
  await closeEngine(engine)
  redis.disconnect()
  await cluster.stop()
})

/** Returns the keys of all masters. */
async function allKeys(): Promise<string[]> {
  const found = await Promise.all(redis.nodes('master').map((master) => master.keys('*')))
  return found.flat()
}

describe('on a Redis Cluster', () => {
  test('batches are spread over the masters, and each runs to completion', async () => {
    const ids = await Promise.all(range(12).map(() => newBatch(engine, { tasks: 150, sealed: false, concurrency: 2 })))

    for (const id of ids) {
      await appendTasks(engine, id, chunkTasks(envelopes(150, 150)), { offset: 150 })
      await appendTasks(engine, id, chunkTasks(envelopes(150, 150)), { offset: 150 })
      const first = new TicketDriver(engine, id)
      await first.lease(40)
      await first.continue([retry(0), failed(1)])
      await makeDue(engine, id, [0])
      await runToEnd(new TicketDriver(engine, id, { run: '1.2' }), 128, ({ seq }) => completed(seq))
    }

    for (const id of ids) expect((await readBatch(engine, id)).counts).toMatchObject({ completed: 299, failed: 1 })
    const homes = await Promise.all(
      redis.nodes('master').map(async (master) => (await master.keys('sluice:{batch:*}:meta')).length),
    )
    expect(homes.reduce((sum, count) => sum + count, 0)).toBe(12)
    expect(homes.filter((count) => count > 0).length).toBeGreaterThan(1)
  })

  test('tasks, results, the report and the list of batches can be read', async () => {
    const id = await newBatch(engine, { tasks: 300, concurrency: 1, code: 'read' })
    await runToEnd(new TicketDriver(engine, id), 128, ({ seq }) => completed(seq))
    const results: number[] = []

    for await (const page of readResults(engine, id)) results.push(...page.map(({ seq }) => seq))

    expect(results).toEqual(range(300))
    expect((await listTasks(engine, id, { pageSize: 1000 })).tasks).toHaveLength(300)
    expect(await readReport(engine, id)).toMatchObject({ executionMs: { count: 300 } })
    expect((await listBatches(engine, { pageSize: 1 })).batches).toMatchObject([{ id, state: 'completed' }])
    expect(await checkHealth(engine)).toEqual({ ok: true })
    expect(await checkRedisSettings(engine)).toEqual([])
  })

  test('a repeated submission creates no second batch', async () => {
    const submission = { tasks: envelopes(3), idempotency: { key: 'k', fingerprint: 'f' } }
    const first = await createBatch(engine, submission)

    expect(await createBatch(engine, submission)).toEqual({ batch: first.batch, isNew: false })
  })

  test('a cancelled batch can be deleted, and workers receive the stop signal', async () => {
    const signals: Signal[] = []
    const stop = await receiveSignals(engine, (signal) => void (signal.kind === 'stop' && signals.push(signal)))
    const id = await newBatch(engine, { tasks: 3000 })

    await cancelBatch(engine, id)
    await deleteBatch(engine, id)

    await expect.poll(() => signals, { timeout: 5000 }).toMatchObject([{ kind: 'stop', batchId: id, abort: true }])
    await stop()
    expect((await allKeys()).filter((key) => key.includes(`{batch:${id}}`))).toEqual([])
  })

  test('a batch stops by its criteria, and can be updated, resumed, retried and interrupted', async () => {
    const id = await newBatch(engine, { tasks: 4, concurrency: 1, interruptionCriteria: { maxFailedTasks: 1 } })
    const first = new TicketDriver(engine, id)
    await first.lease(2)

    expect(await first.lease(2, [failed(0)])).toEqual({ kind: 'inactive', state: 'interrupted' })
    await updateBatch(engine, id, { priority: 1, interruptionCriteria: { maxFailedTasks: null } })
    await resumeBatch(engine, id)
    await runToEnd(new TicketDriver(engine, id, { run: '1.2' }), 2, ({ seq }) => completed(seq))
    await retryTasks(engine, id)
    await interruptBatch(engine, id)
    await resumeBatch(engine, id)
    await runToEnd(new TicketDriver(engine, id, { run: '2.1' }), 2, ({ seq }) => completed(seq))

    expect(await readBatch(engine, id)).toMatchObject({ state: 'completed', counts: { completed: 4 } })
    expect((await readInterruptions(engine, id)).map(({ reason }) => reason)).toEqual([
      'manual',
      'failed_tasks_exceeded',
    ])
  })

  test('queues can be created, replaced and deleted, and BullMQ serves their tickets', async () => {
    await putQueue(engine, 'mail', { concurrency: 2 })
    const id = await newBatch(engine, { tasks: 40, queue: 'mail' })
    await putQueue(engine, 'mail', { concurrency: 4 })
    await runSpreads(engine)
    expect(await issueTickets(engine, id)).toBe(0)
    const service = await serveTickets(engine, 'mail', {
      concurrency: 4,
      workerId: await addWorker(engine),
      onError: (error) => expect(error).toBeUndefined(),
      runTicket: async ({ batchId, ...run }) =>
        (await runToEnd(new TicketDriver(engine, batchId, run), 5, ({ seq }) => completed(seq))).end as RunEnd,
    })

    await expect.poll(async () => (await readBatch(engine, id)).state, { timeout: 5000 }).toBe('completed')
    await service.close()
    await deleteQueue(engine, 'mail')

    expect((await allKeys()).filter((key) => key.includes('mail'))).toEqual([])
    expect((await engineCounts(engine)).queues.map(({ name }) => name)).toEqual(['default'])
  })

  test('intake succeeds at any moment while the client connects', async () => {
    // The client reconnects to a replica that it first took for a master.
    await using replicated = await startRedisCluster({ masterCount: 1, replicasPerMaster: 2 })
    for (const ticks of range(40)) {
      const client = connectRedis(replicated.url, { failFast: ticks % 2 === 0 })
      for (const _ of range(ticks)) await new Promise(setImmediate)

      await expect(checkStorage(checkedEngine(client, 'sluice')), `after ${ticks} ticks`).resolves.toBeUndefined()

      client.disconnect()
    }
  })

  test('a failFast connection does not resend a command whose reply was lost', async () => {
    await using single = await startRedisCluster({ masterCount: 1 })
    const client = connectRedis(single.url, { failFast: true })
    client.on('error', () => {})
    const observer = new Redis(single.url)
    observer.on('error', () => {})

    const answer = client.blpop('nobody', 0).catch((error: unknown) => error)
    await expect.poll(() => observer.client('LIST'), { timeout: 5000 }).toContain('cmd=blpop')
    await single.nodes[0]?.kill()

    expect(await answer).toMatchObject({ name: 'MaxRetriesPerRequestError' })
    observer.disconnect()
    client.disconnect()
  })

  test('a subscriber receives signals again although the node that it listens to is frozen', async ({
    onTestFinished,
  }) => {
    const frozen = await startRedisCluster()
    onTestFinished(() => frozen.stop())
    const far = checkedEngine(connectRedis(frozen.url), 'sluice')
    const nodes = frozen.nodes.map(({ url }) => new Redis(url))
    onTestFinished(() => [far.redis, ...nodes].forEach((client) => client.disconnect()))
    const received: Signal[] = []
    onTestFinished(await receiveSignals(far, (signal) => received.push(signal)))
    const lists = await Promise.all(nodes.map((node) => node.client('LIST')))
    const listener = lists.findIndex((list) => / sub=1 /.test(String(list)))
    const pid = Number(/process_id:(\d+)/.exec((await nodes[listener]?.info('server')) ?? '')?.[1])

    process.kill(pid, 'SIGSTOP')
    onTestFinished(() => void process.kill(pid, 'SIGCONT'))

    const other = nodes[listener === 0 ? 1 : 0]
    const publish = () => other?.publish(far.keys.signals, JSON.stringify({ kind: 'queue', queue: 'a' }))
    // The next subscriber may choose the frozen node again, once in three times.
    await expect.poll(async () => (await publish(), received.length), { timeout: 60_000 }).toBeGreaterThan(0)
  }, 90_000)

  test('the reconciler deletes batches whose retention has ended', async () => {
    const id = await newBatch(engine, { tasks: 5 })
    await engine.ticketQueues.open('default').drain()

    const now = await reconcile(engine)
    // The first pass seals the unsealed batches; the second finds that their retention has ended, too.
    const later = addRepairs(await reconcileLater(engine, A_MONTH_MS), await reconcileLater(engine, A_MONTH_MS))

    expect(now.ticketsIssued).toBeGreaterThanOrEqual(5)
    expect(later.batchesDeleted).toBeGreaterThan(12)
    expect((await readBatch(engine, id)).state).toBe('active')
    expect((await listBatches(engine, { pageSize: 100, state: 'completed' })).batches).toEqual([])
  })
})
