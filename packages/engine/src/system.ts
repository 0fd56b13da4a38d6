import { Cluster, type Redis } from 'ioredis'
import { countBatches } from './batch/count-batches.ts'
import type { Engine } from './engine.ts'
import type { BatchState } from './model/batch.ts'
import { redisNow } from './redis-now.ts'
import { infoField, mastersOf } from './redis-nodes.ts'
import { listQueueNames } from './settings/queue-settings.ts'
import { readTally } from './task-tallies.ts'

/** What a Redis server says about itself. */
export interface RedisNode {
  version: string
  server: 'redis' | 'valkey'
  role: string
  usedBytes: number
  /** Null: the server has no bound. */
  maxBytes: number | null
  evictionPolicy: string
  connectedClients: number
  uptimeMs: number
}

/** The state of the installation, as far as Redis knows it. */
export interface SystemStatus {
  isCluster: boolean
  /** The server; of a cluster, each of its masters. */
  nodes: RedisNode[]
  /** How far the clock of this process is ahead of Redis's, in ms. */
  clockAheadMs: number
  batches: Record<BatchState, number>
  queues: number
  limits: number
  /** Workers that are alive. */
  workers: number
  /** Time since the last pass of the reconciler, in ms. Null: none within a day. */
  maintenanceAgeMs: number | null
}

/** Reads the state of the installation. */
export async function readSystem(engine: Engine): Promise<SystemStatus> {
  const { redis, keys } = engine
  const [nodes, clockAheadMs, batches, queues, limits, workers, tally] = await Promise.all([
    mastersOf(redis).then((masters) => Promise.all(masters.map(readNode))),
    measureClock(engine),
    countBatches(engine),
    listQueueNames(engine),
    redis.hlen(keys.limits),
    countWorkers(engine),
    readTally(engine),
  ])
  return {
    isCluster: redis instanceof Cluster,
    nodes,
    clockAheadMs,
    batches,
    queues: queues.length,
    limits,
    workers,
    maintenanceAgeMs: tally?.ageMs ?? null,
  }
}

/** The reply describes a moment between the two readings of this process's clock. */
async function measureClock(engine: Engine): Promise<number> {
  const before = Date.now()
  const now = await redisNow(engine)
  return Math.round((before + Date.now()) / 2 - now)
}

async function countWorkers(engine: Engine): Promise<number> {
  return await engine.redis.zcount(engine.keys.workers.alive, `(${await redisNow(engine)}`, '+inf')
}

async function readNode(node: Redis): Promise<RedisNode> {
  const info = await node.info()
  const valkey = infoField(info, 'valkey_version')
  return {
    version: valkey ?? infoField(info, 'redis_version') ?? 'unknown',
    server: valkey === undefined ? 'redis' : 'valkey',
    role: infoField(info, 'role') ?? 'unknown',
    usedBytes: Number(infoField(info, 'used_memory') ?? 0),
    maxBytes: Number(infoField(info, 'maxmemory')) || null,
    evictionPolicy: infoField(info, 'maxmemory_policy') ?? 'unknown',
    connectedClients: Number(infoField(info, 'connected_clients') ?? 0),
    uptimeMs: Number(infoField(info, 'uptime_in_seconds') ?? 0) * 1000,
  }
}
