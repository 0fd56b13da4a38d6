export { redisTest } from './redis-test.ts'
export * from './servers.ts'
