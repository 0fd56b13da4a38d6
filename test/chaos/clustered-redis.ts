import { setTimeout as sleep } from 'node:timers/promises'
import {
  findKeys,
  type RedisCluster,
  type RedisConnection,
  type RedisServer,
  serversOf,
  startRedisCluster,
} from '@sluice/testing'
import { askAt, Losses, type Storage } from './storage.ts'

const NODE_TIMEOUT_MS = 2000

const ASK_AGAIN_MS = 6000

/** A Redis Cluster of three masters, each with a replica. */
export class ClusteredRedis implements Storage {
  readonly form = 'cluster'
  readonly #cluster: RedisCluster
  readonly #losses = new Losses()

  private constructor(cluster: RedisCluster) {
    this.#cluster = cluster
  }

  static async start(): Promise<ClusteredRedis> {
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always']
    const args = [...durable, '--cluster-node-timeout', String(NODE_TIMEOUT_MS)]
    return new ClusteredRedis(await startRedisCluster({ replicasPerMaster: 1, args }))
  }

  get url(): string {
    return this.#cluster.url
  }

  get isLossless(): boolean {
    return this.#losses.isNone
  }

  mayHaveLost(promisedAt: number): boolean {
    return this.#losses.mayInclude(promisedAt)
  }

  /** Kills a master, waits until its replica has taken over, and has the killed one come back as a replica. */
  async killMaster(shard: number): Promise<void> {
    const { master, replica } = await this.#rolesOf(shard)
    this.#losses.note()
    await master.kill()
    while ((await roleOf(replica)) !== 'master') await sleep(50)
    await master.restart()
  }

  /** Has a replica and its master change places in good order. A busy server gives up after five seconds. */
  async failOver(shard: number): Promise<void> {
    const { replica } = await this.#rolesOf(shard)
    for (let askedAt = -Infinity; (await roleOf(replica)) !== 'master'; await sleep(50)) {
      if (performance.now() - askedAt < ASK_AGAIN_MS) continue
      await askAt(replica.url, (redis) => redis.call('CLUSTER', 'FAILOVER'))
      askedAt = performance.now()
    }
  }

  /** Waits until the replica has all that its master has. */
  async #rolesOf(shard: number): Promise<{ master: RedisServer; replica: RedisServer }> {
    const pair = [this.#cluster.nodes[shard], this.#cluster.replicas[shard]] as [RedisServer, RedisServer]
    for (;;) {
      const roles = await Promise.all(pair.map(roleOf))
      if (roles[0] === 'master' && roles[1] === 'replica') return { master: pair[0], replica: pair[1] }
      if (roles[1] === 'master' && roles[0] === 'replica') return { master: pair[1], replica: pair[0] }
      await sleep(50)
    }
  }

  async forgetScripts(): Promise<void> {
    await this.ask(async (redis) => {
      await redis.ping()
      await Promise.all(serversOf(redis).map((server) => server.call('SCRIPT', 'FLUSH')))
    })
  }

  async keys(): Promise<string[]> {
    return await this.ask((redis) => findKeys(redis, '*'))
  }

  async ask<T>(question: (redis: RedisConnection) => Promise<T>): Promise<T> {
    return await askAt(this.url, question)
  }

  async stop(): Promise<void> {
    await this.#cluster.stop()
  }
}

/** What a server is now: a replica counts once it is in sync. */
async function roleOf({ url }: RedisServer): Promise<'master' | 'replica' | undefined> {
  const info = String(await askAt(url, (redis) => redis.call('INFO', 'replication')))
  if (info.includes('role:master')) return 'master'
  return info.includes('master_link_status:up') ? 'replica' : undefined
}
