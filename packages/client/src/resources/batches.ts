import { type AppendOptions, appendTasks, type Tasks } from '../append.ts'
import type { BodyOf, Caller, QueryOf } from '../caller.ts'
import type { AppendTasksResult, Batch, TaskResult } from '../generated/api-types.ts'
import type { RequestOptions } from '../options.ts'
import { downloadResults, type DownloadOptions, readResults, type ResultsOptions } from '../results.ts'
import { waitForBatch, type WaitOptions, watchBatch } from '../watch.ts'

/** How to create a batch. */
export interface CreateBatchOptions extends RequestOptions {
  /** Identifies the request, for a day: sent again, it gets the first answer. Default: a new one for each call. */
  idempotencyKey?: string | undefined
}

/** Batches. Each method takes an id, or `code:<code>`. */
export class Batches {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  /** Creates a batch. Repeating a request whose answer was lost creates no second batch. */
  create(batch: BodyOf<'createBatch'>, { idempotencyKey = crypto.randomUUID(), ...options }: CreateBatchOptions = {}) {
    const headers = { 'idempotency-key': idempotencyKey }
    return this.#caller.call('createBatch', { headers, json: batch }, options)
  }

  /** Lists batches, newest first. */
  list(query: QueryOf<'listBatches'> = {}, options?: RequestOptions) {
    return this.#caller.list('listBatches', { query }, options, ({ batches }) => batches)
  }

  get(id: string, options?: RequestOptions) {
    return this.#caller.call('readBatch', { params: { id } }, options)
  }

  /** Changes an active or interrupted batch. */
  update(id: string, change: BodyOf<'updateBatch'>, options?: RequestOptions) {
    return this.#caller.call('updateBatch', { params: { id }, json: change }, options)
  }

  /** Appends any number of tasks. See `AppendOptions.offset` for appends that are repeated. */
  append(id: string, tasks: Tasks, options: AppendOptions = {}): Promise<AppendTasksResult> {
    return appendTasks(this.#caller, id, tasks, options)
  }

  /** Closes the batch to further tasks, so that it completes with its last task. */
  seal(id: string, options?: RequestOptions) {
    return this.#caller.call('sealBatch', { params: { id } }, options)
  }

  /** Stops an active batch. It can be resumed. */
  interrupt(id: string, interruption?: BodyOf<'interruptBatch'>, options?: RequestOptions) {
    return this.#caller.call(
      'interruptBatch',
      { params: { id }, json: interruption, repeatable: 'if_refused' },
      options,
    )
  }

  /** Continues an interrupted batch. */
  resume(id: string, resumption?: BodyOf<'resumeBatch'>, options?: RequestOptions) {
    return this.#caller.call('resumeBatch', { params: { id }, json: resumption, repeatable: 'if_refused' }, options)
  }

  /** Runs failed tasks again. */
  retry(id: string, which?: BodyOf<'retryTasks'>, options?: RequestOptions) {
    return this.#caller.call('retryTasks', { params: { id }, json: which, repeatable: 'if_refused' }, options)
  }

  /** Stops a batch for good. */
  cancel(id: string, cancellation?: BodyOf<'cancelBatch'>, options?: RequestOptions) {
    return this.#caller.call('cancelBatch', { params: { id }, json: cancellation }, options)
  }

  /** Deletes a completed or cancelled batch. */
  delete(id: string, options?: RequestOptions) {
    return this.#caller.call('deleteBatch', { params: { id } }, options)
  }

  report(id: string, query: QueryOf<'readReport'> = {}, options?: RequestOptions) {
    return this.#caller.call('readReport', { params: { id }, query }, options)
  }

  /** How the batch went on over time. */
  series(id: string, options?: RequestOptions) {
    return this.#caller.call('readSeries', { params: { id } }, options)
  }

  interruptions(id: string, options?: RequestOptions) {
    return this.#caller.call('listInterruptions', { params: { id } }, options)
  }

  /** Yields the batch at once, after each change, and a last time at its end. Opens a broken stream again. */
  watch(id: string, options: RequestOptions = {}): AsyncGenerator<Batch> {
    return watchBatch(this.#caller, id, options)
  }

  /** Waits for the end of a batch, and returns it. Throws `BatchInterruptedError` when it is interrupted. */
  wait(id: string, options: WaitOptions = {}): Promise<Batch> {
    return waitForBatch(this.#caller, id, options)
  }

  /** Yields results in order of seq, as fast as they are taken. Continues a broken stream. */
  results(id: string, options: ResultsOptions = {}): AsyncGenerator<TaskResult> {
    return readResults(this.#caller, id, options)
  }

  /** Yields results as the API writes them, in blocks of whole lines of NDJSON or rows of CSV. Continues a broken stream. */
  download(id: string, options: DownloadOptions = {}): AsyncGenerator<Uint8Array> {
    return downloadResults(this.#caller, id, options)
  }
}
