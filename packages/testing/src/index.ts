export { exclusiveServer, redisTest } from './redis-test.ts'
export * from './servers.ts'
