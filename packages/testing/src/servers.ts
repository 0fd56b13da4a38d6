/** What needs no test run around it, so that benchmarks and scripts can use it too. */
export { freePort } from './free-port.ts'
export { deleteKeys, findKeys, openConnection, type RedisConnection, serversOf } from './redis-connection.ts'
export { RedisLink } from './redis-link.ts'
export type { RedisServer } from './redis-server.ts'
export type { ProcessExit, RunningProcess } from './running-process.ts'
export { ProcessNotReadyError, startProcess, type StartProcessOptions } from './start-process.ts'
export { type RedisCluster, startRedisCluster, type StartRedisClusterOptions } from './start-redis-cluster.ts'
export { isCluster, startRedis, type StartRedisOptions } from './start-redis.ts'
