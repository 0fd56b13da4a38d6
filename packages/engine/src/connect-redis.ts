import { Cluster, Redis, type ClusterNode } from 'ioredis'

/** A connection to one Redis server or to a Redis Cluster. */
export type RedisConnection = Redis | Cluster

/** Options of a connection. */
export interface ConnectOptions {
  /** Commands fail soon after Redis becomes unreachable, instead of waiting until it returns. Default false. */
  failFast?: boolean
  /** The client name that `CLIENT LIST` shows. Default: none. */
  connectionName?: string
}

/**
 * The connection never resends a command whose reply was lost: the command may have run, and an append would then run
 * twice. A command without a reply fails after ten seconds.
 */
const FAIL_FAST = {
  maxRetriesPerRequest: 1,
  autoResendUnfulfilledCommands: false,
  commandTimeout: 10_000,
  socketTimeout: 10_000,
}

/**
 * BullMQ's workers require `maxRetriesPerRequest: null`, so that their commands survive a lost connection. A connection
 * counts as lost when it receives nothing for `socketTimeout`, because a firewall can drop a connection without notice.
 * BullMQ waits for a job for at most ten seconds before Redis replies that there is none, so 15 seconds are enough.
 */
const PATIENT = { maxRetriesPerRequest: null, socketTimeout: 15_000 }

/**
 * Connects to `redis://host:port`, `rediss://…` or a socket path; several comma-separated addresses connect to a Redis
 * Cluster. Returns immediately: commands wait for the connection, and ioredis reconnects whenever it breaks.
 */
export function connectRedis(url: string, options: ConnectOptions = {}): RedisConnection {
  const connection = open(url, options)
  urls.set(connection, url)
  return connection
}

/** The URLs of connections. A connection of ioredis keeps only parts of its own. */
const urls = new WeakMap<RedisConnection, string>()

/** Returns the URL that a connection was opened with, so that a thread can open another one. */
export function redisUrlOf(connection: RedisConnection): string {
  const url = urls.get(connection)
  if (url === undefined) throw new TypeError('The connection to Redis was not opened by connectRedis.')
  return url
}

function open(url: string, { failFast = false, connectionName }: ConnectOptions): RedisConnection {
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
