import type { BodyOf, Caller } from '../caller.ts'
import type { RequestOptions } from '../options.ts'

/** Detections of the limits of upstreams. */
export class Detections {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Starts a detection. A lost answer is not repeated, as it would spend the budget of the upstream twice. */
  create(detection: BodyOf<'createDetection'>, options?: RequestOptions) {
    return this.#caller.call('createDetection', { json: detection, repeatable: 'if_refused' }, options)
  }

  /** Returns the latest detections, newest first. */
  list(options?: RequestOptions) {
    return this.#caller.call('listDetections', {}, options)
  }

  get(id: string, options?: RequestOptions) {
    return this.#caller.call('readDetection', { params: { id } }, options)
  }

  cancel(id: string, options?: RequestOptions) {
    return this.#caller.call('cancelDetection', { params: { id }, repeatable: 'if_refused' }, options)
  }
}
