export { createWorker, type Worker, type WorkerOptions } from './create-worker.ts'
export {
  HandlerError,
  NonRetryableError,
  OverloadedError,
  RateLimitedError,
  RetryableError,
  type FailureClass,
  type HandlerErrorOptions,
} from './errors.ts'
export type { Handler, HandlerContext, Handlers, HttpDefaults, Logger } from './handler.ts'
export { checkHosts } from './http/host-list.ts'
export { checkSecretHosts } from './http/secret-hosts.ts'
export type { Secret } from './http/secrets.ts'
export { createHttpHandler, type HttpHandler, type HttpHandlerOptions } from './http/http-handler.ts'
export type { WorkerEvent } from './worker-scope.ts'
