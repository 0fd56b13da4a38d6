import type { Caller } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** The state of the API process. */
export class Service {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Whether the process runs. */
  alive(options?: RequestOptions) {
    return this.#caller.call('checkAlive', {}, options)
  }

  /** Whether the process can serve requests. It throws an `ApiError` with status 503 if not. */
  ready(options?: RequestOptions) {
    return this.#caller.call('checkReady', {}, options)
  }

  version(options?: RequestOptions) {
    return this.#caller.call('readVersion', {}, options)
  }

  /** Metrics in the text format of Prometheus. */
  metrics(options?: RequestOptions) {
    return this.#caller.call('readMetrics', {}, options)
  }

  openapi(options?: RequestOptions) {
    return this.#caller.call('readOpenapi', {}, options)
  }
}
