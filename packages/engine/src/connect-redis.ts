import { Cluster, Redis, type ClusterNode } from 'ioredis'

/** One Redis, or a Redis Cluster. */
export type RedisConnection = Redis | Cluster

export interface ConnectOptions {
  /** Commands are refused soon after Redis goes away, instead of waiting until it is back. Default false. */
  failFast?: boolean
  /** What `CLIENT LIST` shows. */
  connectionName?: string
}

/**
 * A command whose answer was lost is refused, not sent again: it may have run, and an append would then run twice. One
 * that is not answered at all is given up.
 */
const FAIL_FAST = {
  maxRetriesPerRequest: 1,
  autoResendUnfulfilledCommands: false,
  commandTimeout: 10_000,
  socketTimeout: 10_000,
}

/**
 * BullMQ's workers insist on null: their commands outlive a lost connection. One on which nothing comes back for
 * `socketTimeout` counts as lost: a firewall that has forgotten it tells nobody. BullMQ waits for jobs for ten seconds
 * at most before Redis answers that there is none.
 */
const PATIENT = { maxRetriesPerRequest: null, socketTimeout: 15_000 }

/**
 * Connects to `redis://host:port`, `rediss://…`, a socket path, or, with several comma-separated addresses, to a Redis
 * Cluster. Returns at once: commands wait for the connection, which is made again whenever it breaks.
 */
export function connectRedis(url: string, { failFast = false, connectionName }: ConnectOptions = {}): RedisConnection {
  const addresses = url.split(',').map((address) => address.trim())
  const options = {
    ...(failFast ? FAIL_FAST : PATIENT),
    retryStrategy: (attempt: number) => Math.min(50 * attempt, 1000),
    ...(connectionName === undefined ? {} : { connectionName }),
  }
  if (addresses.length === 1) return new Redis(addresses[0] ?? '', options)
  return new Cluster(addresses.map(parseNode), {
    redisOptions: { ...options, ...credentials(addresses[0] ?? '') },
    clusterRetryStrategy: options.retryStrategy,
  })
}

function parseNode(address: string): ClusterNode {
  const { hostname, port } = new URL(address)
  return { host: hostname, port: Number(port || 6379) }
}

function credentials(address: string) {
  const { username, password, protocol } = new URL(address)
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  }
}
