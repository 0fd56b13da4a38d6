import { Type } from 'typebox'

const ACCOUNT_AND_HOST = String.raw`rediss?://[^,/?\s]+`
const OPTIONS = String.raw`(\?[^,\s]*)?`
const SERVER = String.raw`${ACCOUNT_AND_HOST}(/\d*)?${OPTIONS}`
const CLUSTER_NODE = String.raw`${ACCOUNT_AND_HOST}/?${OPTIONS}`
const SOCKET = String.raw`/[^,]+`

/** The setting that says where Redis is. A Redis Cluster has only database 0, so its URLs name none. */
export const redisUrl = Type.String({
  default: 'redis://127.0.0.1:6379',
  pattern: String.raw`^(${SERVER}|${SOCKET}|${CLUSTER_NODE}(\s*,\s*${CLUSTER_NODE})+)$`,
  description:
    'URL of Redis, which may name a database: redis://host:6379/1. For a Redis Cluster, several of its nodes, separated ' +
    'by commas. For TLS, rediss://.',
  expects:
    'redis://host:port, rediss://host:port, the path of a socket, or several nodes of a Redis Cluster separated by commas ' +
    '(Redis Sentinel is not supported)',
})
