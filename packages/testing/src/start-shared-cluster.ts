import { startRedisCluster } from './start-redis-cluster.ts'

/**
 * With SLUICE_TEST_REDIS=cluster, starts the Redis Cluster that all tests share, and ends it after them. Vitest calls it
 * once, before it starts the processes that run tests, which inherit what is set here.
 */
export default async function startSharedCluster(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['SLUICE_TEST_REDIS'] !== 'cluster' || process.env['SLUICE_TEST_REDIS_URL']) return undefined
  const cluster = await startRedisCluster({ replicasPerMaster: 1 })
  process.env['SLUICE_TEST_REDIS_URL'] = cluster.url
  return () => cluster.stop()
}
