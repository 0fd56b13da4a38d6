import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findRedisProgram } from './find-redis-program.ts'
import type { RedisServer } from './redis-server.ts'
import { startRedisProcess } from './start-redis-process.ts'

/** A Redis Cluster of masters without replicas. */
export interface RedisCluster extends AsyncDisposable {
  /** The nodes' redis:// URLs, separated by commas, as SLUICE_REDIS_URL takes them. */
  readonly url: string
  /** Its masters, in the order of the slots they serve. Each can be killed and restarted. */
  readonly nodes: readonly RedisServer[]
  /** Ends it for good and deletes its data. Safe to call again. */
  stop(): Promise<void>
}

const SLOT_COUNT = 16_384
const FORMING_TIMEOUT_MS = 20_000

/**
 * Starts a throwaway Redis Cluster, always from a redis-server or valkey-server on PATH (7.0 or later). A new cluster
 * takes at least two seconds to declare itself ready, so start one per file.
 */
export async function startRedisCluster(masterCount = 3): Promise<RedisCluster> {
  const program = await findRedisProgram()
  if (program === undefined) throw new Error('A Redis Cluster needs redis-server or valkey-server on PATH.')

  const args = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']
  const nodes: RedisServer[] = []
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    for (let index = 0; index < masterCount; index += 1) nodes.push(await startRedisProcess(program, args))
    await formCluster(nodes)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: nodes.map(({ url }) => url).join(','), nodes, stop, [Symbol.asyncDispose]: stop }
}

async function formCluster(nodes: readonly RedisServer[]): Promise<void> {
  const masters = nodes.map(({ url }) => new Redis(url))
  try {
    await Promise.all(masters.map((master, index) => assignSlots(master, index, masters.length)))
    for (const { url } of nodes) {
      const { hostname, port } = new URL(url)
      await masters[0]?.call('CLUSTER', 'MEET', hostname, port)
    }
    await Promise.all(masters.map((master) => waitUntilFormed(master, masters.length)))
  } finally {
    for (const master of masters) master.disconnect()
  }
}

async function assignSlots(master: Redis, index: number, masterCount: number): Promise<void> {
  const first = Math.floor((index * SLOT_COUNT) / masterCount)
  const last = Math.floor(((index + 1) * SLOT_COUNT) / masterCount) - 1
  // Different epochs from the start: masters that share one would first have to settle who keeps it.
  await master.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
  await master.call('CLUSTER', 'ADDSLOTSRANGE', first, last)
}

async function waitUntilFormed(master: Redis, masterCount: number): Promise<void> {
  const deadline = performance.now() + FORMING_TIMEOUT_MS
  for (;;) {
    const info = String(await master.call('CLUSTER', 'INFO'))
    if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masterCount}\r\n`)) return
    if (performance.now() > deadline) throw new Error(`The cluster did not form in ${FORMING_TIMEOUT_MS} ms:\n${info}`)
    await setTimeout(20)
  }
}
