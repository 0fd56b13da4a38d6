export * from './benchmarks.ts'
export { exclusiveServer, redisTest } from './redis-test.ts'
export * from './servers.ts'
export { until } from './until.ts'
