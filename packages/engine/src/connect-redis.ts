import { Cluster, Redis, type ClusterNode } from 'ioredis'
import { watchConnection } from './watch-connection.ts'

/** A connection to one Redis server or to a Redis Cluster. */
export type RedisConnection = Redis | Cluster

/** Options of a connection. */
export interface ConnectOptions {
  /** Commands fail soon after Redis becomes unreachable, instead of waiting until it returns. Default false. */
  failFast?: boolean
  /** The client name that `CLIENT LIST` shows. Default: none. */
  connectionName?: string
}

/** The longest time that opening a connection takes, in ms. */
const CONNECT_WITHIN_MS = 4000

/**
 * ioredis closes a connection that has received nothing for this long although a reply is due. For connections that
 * BullMQ opens itself; `watchConnection` takes less. A process that has stood still for longer closes them, too.
 */
const SILENT_MS = 15_000

/**
 * The connection never resends a command whose reply was lost: the command may have run, and an append would then run
 * twice. What is under way when the connection breaks fails at once, even if the next connection works: with one retry,
 * ioredis would drop such commands without a word. A command without a reply fails after three seconds.
 */
const FAIL_FAST = { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false, commandTimeout: 3000 }

/** BullMQ's workers require this, so that their commands survive a lost connection. */
const PATIENT = { maxRetriesPerRequest: null }

/** The longest time between two attempts to connect, in ms. Commands of a `failFast` connection fail with an attempt. */
const LONGEST_RETRY_MS = { failFast: 500, patient: 1000 }

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

function open(url: string, options: ConnectOptions): RedisConnection {
  const addresses = url.split(',').map((address) => address.trim())
  return watchConnection(addresses.length === 1 ? openServer(addresses, options) : openCluster(addresses, options))
}

/** ioredis would report the refusal, and then run all commands in database 0, which may be that of another installation. */
function openServer([address = '']: readonly string[], options: ConnectOptions): Redis {
  const redis = new Redis(address, redisOptions(options))
  redis.on('error', (error) => {
    if (refusedDatabase(error) !== undefined) redis.disconnect()
  })
  return redis
}

/** The database that the URL of a connection names, if an error of the connection means that Redis does not have it. */
export function refusedDatabase(error: unknown): string | undefined {
  const { command } = error as { command?: { name: string; args: unknown[] } }
  return command?.name === 'select' ? String(command.args[0]) : undefined
}

function openCluster(addresses: readonly string[], options: ConnectOptions): Cluster {
  return new Cluster(addresses.map(parseNode), {
    redisOptions: { ...redisOptions(options), ...credentials(addresses[0] ?? '') },
    clusterRetryStrategy: redisOptions(options).retryStrategy,
  })
}

function redisOptions({ failFast = false, connectionName }: ConnectOptions) {
  const longestRetryMs = failFast ? LONGEST_RETRY_MS.failFast : LONGEST_RETRY_MS.patient
  return {
    ...(failFast ? FAIL_FAST : PATIENT),
    connectTimeout: CONNECT_WITHIN_MS,
    socketTimeout: SILENT_MS,
    retryStrategy: (attempt: number) => Math.min(50 * attempt, longestRetryMs),
    ...(connectionName === undefined ? {} : { connectionName }),
  }
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
