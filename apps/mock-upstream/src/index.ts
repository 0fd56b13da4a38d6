export { createMockService } from './create-mock-service.ts'
export { createErrorSimulation, type ErrorSimulation } from './error-simulation.ts'
export type { Latency } from './latency.ts'
export type { LimiterKind, RateLimit } from './limiter/rate-limiter.ts'
export {
  getServerState,
  type MockServer,
  type MockServerOptions,
  startMockServer,
  stopMockServer,
} from './mock-server.ts'
export type { MockService } from './mock-service.ts'
export type { HeaderDialect } from './rate-limit-headers.ts'
export type { ServerMode } from './server-state.ts'
export type { ServiceSettings } from './service-settings.ts'
export type { ServiceStats } from './service-stats.ts'
