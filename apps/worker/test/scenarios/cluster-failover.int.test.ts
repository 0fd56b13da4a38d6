import { readBatch, type Engine, type RedisConnection } from '@sluice/engine'
import {
  findKeys,
  openConnection,
  serversOf,
  startRedisCluster,
  type RedisCluster,
  type RedisServer,
} from '@sluice/testing'
import { describe, expect } from 'vitest'
import { fleetTest, openEngine, submit, tasksOf, until } from '../support/fleet-test.ts'

const BATCHES = 8
const TASKS = 400

/**
 * A lock of 10 s, two checks of 5 s each, a pass of the reconciler every 15 s, and a worker that pauses after errors.
 */
const RECOVERY_MS = 60_000

/** A test with its own cluster: three masters with one replica each, which detect a lost master within two seconds. */
const failoverTest = fleetTest
  .extend('cluster', async ({ onTestFinished }) => {
    const args = ['--cluster-node-timeout', '2000', '--appendonly', 'yes']
    const cluster = await startRedisCluster({ replicasPerMaster: 1, args })
    onTestFinished(() => cluster.stop())
    return cluster
  })
  .extend('clusterEngine', ({ cluster, prefix, onTestFinished }) => openEngine(cluster.url, prefix, onTestFinished))
  .extend('runningBatches', async ({ cluster, clusterEngine: engine, startWorker }) => {
    const env = { SLUICE_REDIS_URL: cluster.url, SLUICE_WORKER_CONCURRENCY: '10' }
    await Promise.all([1, 2].map(() => startWorker(env)))
    const payloads = Array.from({ length: TASKS }, () => ({ ms: 30 }))
    const batches = Array.from({ length: BATCHES }, () => submit(engine, { type: 'rest', payloads, concurrency: 5 }))
    const ids = await Promise.all(batches)
    for (const id of ids) await until(async () => (await readBatch(engine, id)).counts.completed > TASKS / 4, 30_000)
    return ids
  })

const batchOf = ({ keys }: Engine, id = '') => keys.batch(id).meta
const ticketsOf = ({ keys }: Engine) => keys.tickets('default')

// Sequential: each test has a cluster of six servers and several worker processes.
describe('on a Redis Cluster, in the middle of batches on all its masters', { timeout: 3 * RECOVERY_MS }, () => {
  for (const { what, keyOf } of [
    { what: 'a batch', keyOf: batchOf },
    { what: 'the tickets', keyOf: ticketsOf },
  ]) {
    failoverTest(
      `the master of ${what} may be killed`,
      async ({ cluster, clusterEngine: engine, runningBatches, prefix }) => {
        const { master, replica } = await serversOfKey(cluster, engine.redis, keyOf(engine, runningBatches[0]))
        expect(await countMasters(engine, prefix)).toBeGreaterThan(1)
        const killedAt = performance.now()

        await master.kill()

        await expectAllDone(engine, runningBatches)
        console.log(`master of ${what} killed: all done ${Math.round(performance.now() - killedAt)} ms later`)
        await expectNoTicketLeft(engine)
        expect(await roleOf(replica)).toBe('master')
      },
    )
  }

  failoverTest(
    'masters may hand over to their replicas, and no task runs twice',
    async ({ cluster, clusterEngine: engine, runningBatches }) => {
      const servers = [batchOf(engine, runningBatches[0]), ticketsOf(engine)].map((key) =>
        serversOfKey(cluster, engine.redis, key),
      )
      const replicas = new Set((await Promise.all(servers)).map(({ replica }) => replica))

      for (const replica of replicas) await failOver(replica)

      await expectAllDone(engine, runningBatches)
      await expectNoTicketLeft(engine)
      for (const id of runningBatches) {
        expect(new Set((await tasksOf(engine, id)).map(({ attempts }) => attempts))).toEqual(new Set([1]))
      }
    },
  )
})

/** The number of masters that hold batches. */
async function countMasters({ redis }: Engine, prefix: string): Promise<number> {
  const found = serversOf(redis).map((master) => findKeys(master, `${prefix}:{batch:*}:meta`))
  return (await Promise.all(found)).filter((keys) => keys.length > 0).length
}

/** The master and the replica of a key. Before any failover, replicas are in the order of their masters. */
async function serversOfKey(
  { nodes, replicas }: RedisCluster,
  redis: RedisConnection,
  key: string,
): Promise<{ master: RedisServer; replica: RedisServer }> {
  const hashSlot = Number(await redis.call('CLUSTER', 'KEYSLOT', key))
  const index = Math.floor((hashSlot * nodes.length) / 16_384)
  const [master, replica] = [nodes[index], replicas[index]]
  if (!master || !replica) throw new Error(`no server for hash slot ${hashSlot}`)
  return { master, replica }
}

async function failOver(replica: RedisServer): Promise<void> {
  const redis = openConnection(replica.url)
  await redis.call('CLUSTER', 'FAILOVER')
  redis.disconnect()
  await until(async () => (await roleOf(replica)) === 'master')
}

async function roleOf({ url }: RedisServer): Promise<string | undefined> {
  const redis = openConnection(url)
  const info = await redis.info('replication')
  redis.disconnect()
  return /^role:(\w+)/m.exec(info)?.[1]
}

/** What had not been replicated is repeated: no task is missing, and no task is counted twice. */
async function expectAllDone(engine: Engine, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const isDone = async () => (await readBatch(engine, id)).state === 'completed'
    // Reading fails while a replica takes over.
    await until(() => isDone().catch(() => false), RECOVERY_MS)
    const { counts } = await readBatch(engine, id)
    expect(counts).toMatchObject({ total: TASKS, completed: TASKS, failed: 0, pending: 0, delayed: 0, running: 0 })
    expect((await tasksOf(engine, id)).filter(({ state }) => state === 'completed')).toHaveLength(TASKS)
  }
}

async function expectNoTicketLeft(engine: Engine): Promise<void> {
  const queue = engine.ticketQueues.open('default')
  await until(
    async () => (await queue.getJobCountByTypes('active', 'prioritized', 'waiting', 'delayed')) === 0,
    RECOVERY_MS,
  )
}
