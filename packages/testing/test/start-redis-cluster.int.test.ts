import { Cluster, Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RedisCluster, startRedisCluster } from '../src/index.ts'

let cluster: RedisCluster
let redis: Cluster

beforeAll(async () => {
  cluster = await startRedisCluster()
  redis = new Cluster(cluster.url.split(','))
})

afterAll(async () => {
  redis.disconnect()
  await cluster.stop()
  await cluster.stop()
})

test('keys spread over three masters', async () => {
  await Promise.all(Array.from({ length: 60 }, (_, number) => redis.set(`key:${number}`, number)))

  const sizes = await Promise.all(redis.nodes('master').map((master) => master.dbsize()))
  expect(sizes).toHaveLength(3)
  expect(sizes.every((size) => size > 0)).toBe(true)
  expect(sizes.reduce((sum, size) => sum + size)).toBe(60)
})

test('keys of one script must share a slot', async () => {
  const script = "return redis.call('MGET', KEYS[1], KEYS[2])"

  await expect(redis.eval(script, 2, 'a', 'b')).rejects.toThrow(/CROSSSLOT|same slot/i)
  expect(await redis.eval(script, 2, '{batch:1}:a', '{batch:1}:b')).toEqual([null, null])
})

test('a master that crashed takes its place again', async () => {
  const [, second] = cluster.nodes

  await second?.kill()
  await second?.restart()

  await expect.poll(() => redis.cluster('INFO'), { timeout: 10_000 }).toContain('cluster_state:ok')
})

test('a replica replaces its master on request, and has its data', { timeout: 60_000 }, async () => {
  await using replicated = await startRedisCluster({ replicasPerMaster: 1 })
  const [replica] = replicated.replicas.map(({ url }) => new Redis(url))
  const client = new Cluster(replicated.url.split(','))
  await client.set('key:0', 'kept')

  const masters = () => client.cluster('NODES').then((text) => String(text).match(/master/g)?.length)
  expect([replicated.nodes.length, replicated.replicas.length, await masters()]).toEqual([3, 3, 3])
  // Redis gives a handover up after 5 s, when the machine is too busy for it; then it is to be asked for again.
  const handOver = async () => {
    const role = await replica?.info('replication')
    if (role?.includes('role:slave')) await replica?.call('CLUSTER', 'FAILOVER')
    return role
  }

  await expect.poll(handOver, { timeout: 40_000, interval: 6000 }).toContain('role:master')
  await expect.poll(() => client.get('key:0'), { timeout: 10_000 }).toBe('kept')
  client.disconnect()
  replica?.disconnect()
})
