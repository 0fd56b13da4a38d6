import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findRedisProgram } from './find-redis-program.ts'
import type { RedisServer } from './redis-server.ts'
import { startRedisProcess } from './start-redis-process.ts'

/** A Redis Cluster. */
export interface RedisCluster extends AsyncDisposable {
  /** The nodes' redis:// URLs, separated by commas, as SLUICE_REDIS_URL takes them. */
  readonly url: string
  /** Its masters at the start, in the order of the slots they serve. Each can be killed and restarted. */
  readonly nodes: readonly RedisServer[]
  /** Its replicas at the start: the first of each master, in the masters' order, then the second of each, and so on. */
  readonly replicas: readonly RedisServer[]
  /** Ends it for good and deletes its data. Safe to call again. */
  stop(): Promise<void>
}

export interface StartRedisClusterOptions {
  /** Default: 3, the fewest that can agree that one of them is gone. */
  masterCount?: number
  /** Default: 0. */
  replicasPerMaster?: number
  /** Further arguments of every redis-server. */
  args?: readonly string[]
}

const SLOT_COUNT = 16_384
const FORMING_TIMEOUT_MS = 20_000

/**
 * Starts a throwaway Redis Cluster, always from a redis-server or valkey-server on PATH (7.0 or later). A new cluster
 * takes at least two seconds to declare itself ready, so start one per file.
 */
export async function startRedisCluster({
  masterCount = 3,
  replicasPerMaster = 0,
  args = [],
}: StartRedisClusterOptions = {}): Promise<RedisCluster> {
  const program = await findRedisProgram()
  if (program === undefined) throw new Error('A Redis Cluster needs redis-server or valkey-server on PATH.')

  const ownArgs = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', ...args]
  const servers: RedisServer[] = []
  const stop = async () => void (await Promise.all(servers.map((server) => server.stop())))
  try {
    const count = masterCount * (1 + replicasPerMaster)
    while (servers.length < count) servers.push(await startRedisProcess(program, ownArgs))
    await formCluster(servers, masterCount)
  } catch (error) {
    await stop()
    throw error
  }
  const [nodes, replicas] = [servers.slice(0, masterCount), servers.slice(masterCount)]
  return { url: servers.map(({ url }) => url).join(','), nodes, replicas, stop, [Symbol.asyncDispose]: stop }
}

async function formCluster(servers: readonly RedisServer[], masterCount: number): Promise<void> {
  const all = servers.map(({ url }) => new Redis(url))
  const [masters, replicas] = [all.slice(0, masterCount), all.slice(masterCount)]
  try {
    await Promise.all(masters.map((master, index) => assignSlots(master, index, masterCount)))
    for (const { url } of servers) {
      const { hostname, port } = new URL(url)
      await all[0]?.call('CLUSTER', 'MEET', hostname, port)
    }
    await Promise.all(
      all.map((server) => waitUntil(server, ['CLUSTER', 'INFO'], `cluster_known_nodes:${all.length}\r\n`)),
    )
    await Promise.all(replicas.map((replica, index) => followMaster(replica, masters[index % masterCount])))
    await Promise.all(all.map((server) => waitUntil(server, ['CLUSTER', 'INFO'], 'cluster_state:ok')))
    // A node that does not know the replication yet takes replicas for masters.
    await Promise.all(all.map((server) => waitUntil(server, ['CLUSTER', 'NODES'], 'slave', replicas.length)))
  } finally {
    for (const server of all) server.disconnect()
  }
}

async function assignSlots(master: Redis, index: number, masterCount: number): Promise<void> {
  const first = Math.floor((index * SLOT_COUNT) / masterCount)
  const last = Math.floor(((index + 1) * SLOT_COUNT) / masterCount) - 1
  // Different epochs from the start: masters with the same epoch would first have to agree on which keeps it.
  await master.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
  await master.call('CLUSTER', 'ADDSLOTSRANGE', first, last)
}

async function followMaster(replica: Redis, master: Redis | undefined): Promise<void> {
  await replica.call('CLUSTER', 'REPLICATE', String(await master?.call('CLUSTER', 'MYID')))
  await waitUntil(replica, ['INFO', 'replication'], 'master_link_status:up')
}

async function waitUntil(
  server: Redis,
  [command, ...args]: [string, ...string[]],
  text: string,
  times = 1,
): Promise<void> {
  const deadline = performance.now() + FORMING_TIMEOUT_MS
  for (;;) {
    const info = String(await server.call(command, ...args))
    if (info.split(text).length > times) return
    if (performance.now() > deadline) throw new Error(`The cluster did not form in ${FORMING_TIMEOUT_MS} ms:\n${info}`)
    await setTimeout(20)
  }
}
