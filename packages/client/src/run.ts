import type { AppendOptions, Tasks } from './append.ts'
import type { BodyOf, QueryOf } from './caller.ts'
import { ApiError } from './errors.ts'
import type { Batch } from './generated/api-types.ts'
import type { RequestOptions } from './options.ts'
import type { Batches } from './resources/batches.ts'
import type { DownloadOptions, ResultsOptions } from './results.ts'
import type { WaitOptions } from './watch.ts'

/** A batch and its tasks. */
export interface RunRequest extends Omit<BodyOf<'createBatch'>, 'tasks' | 'sealed'> {
  tasks: Tasks
}

/** How to run a batch. */
export interface RunOptions extends Omit<AppendOptions, 'offset' | 'seal'> {
  /**
   * Whether a batch that has the same `code` already is this one: an earlier run that was cut off. What is missing is then
   * appended. If false, `SLUICE_CODE_TAKEN` is thrown. Default false.
   */
  resume?: boolean | undefined
}

/** A batch that was submitted. */
export class BatchRun {
  readonly id: string
  readonly #batches: Batches

  constructor(batches: Batches, id: string) {
    this.#batches = batches
    this.id = id
  }

  get(options?: RequestOptions) {
    return this.#batches.get(this.id, options)
  }

  watch(options?: RequestOptions) {
    return this.#batches.watch(this.id, options)
  }

  wait(options?: WaitOptions) {
    return this.#batches.wait(this.id, options)
  }

  results(options?: ResultsOptions) {
    return this.#batches.results(this.id, options)
  }

  download(options?: DownloadOptions) {
    return this.#batches.download(this.id, options)
  }

  report(query?: QueryOf<'readReport'>, options?: RequestOptions) {
    return this.#batches.report(this.id, query, options)
  }

  interrupt(interruption?: BodyOf<'interruptBatch'>, options?: RequestOptions) {
    return this.#batches.interrupt(this.id, interruption, options)
  }

  resume(resumption?: BodyOf<'resumeBatch'>, options?: RequestOptions) {
    return this.#batches.resume(this.id, resumption, options)
  }

  cancel(cancellation?: BodyOf<'cancelBatch'>, options?: RequestOptions) {
    return this.#batches.cancel(this.id, cancellation, options)
  }
}

/** Creates a batch, appends its tasks and seals it. */
export async function runBatch(
  batches: Batches,
  { tasks, ...batch }: RunRequest,
  { resume = false, onProgress, ...options }: RunOptions,
): Promise<BatchRun> {
  const { id, sealed } = await createOrFind(batches, batch, { resume, ...options })
  if (!sealed) await batches.append(id, tasks, { offset: 0, seal: true, onProgress, ...options })
  return new BatchRun(batches, id)
}

async function createOrFind(
  batches: Batches,
  batch: Omit<RunRequest, 'tasks'>,
  { resume, ...options }: RunOptions,
): Promise<Batch> {
  try {
    return await batches.create({ ...batch, sealed: false }, options)
  } catch (error) {
    const isTaken = error instanceof ApiError && error.code === 'SLUICE_CODE_TAKEN'
    if (!isTaken || resume !== true) throw error
    return await batches.get(error.problem.batchId, options)
  }
}
