import { createBatch, deleteBatch, putQueue, readResults, type CriteriaUpdate, type Engine } from '@sluice/engine'
import { untilCompleted } from '../until-completed.ts'
import type { Contender } from './contender.ts'

/** All criteria, with thresholds that short, successful tasks never reach. */
export const ALL_CRITERIA: CriteriaUpdate = {
  maxErrorRate: 0.5,
  minSample: 20,
  maxFailedTasks: 1000,
  maxConsecutiveFailures: 100,
  maxRateLimitHits: 100,
  maxConcurrencyErrors: 100,
  taskTimeoutMs: 60_000,
  maxBatchRuntimeMs: 3_600_000,
  stopOn: ['auth'],
}

export interface SluiceOptions {
  /** The processes of its workers. */
  pids: readonly number[]
  /** The slots of all workers together. */
  slots: number
  criteria: CriteriaUpdate
  /** The handler that runs the tasks. Default: `timed` of `timed-handlers.ts`. */
  type?: string
}

/** Sluice. The tasks are one batch in a queue that is paused until `run`. */
export class SluiceContender implements Contender {
  readonly name: string
  readonly pids: readonly number[]
  readonly #engine: Engine
  readonly #slots: number
  readonly #criteria: CriteriaUpdate
  readonly #type: string
  #batchId = ''

  constructor(engine: Engine, name: string, options: SluiceOptions) {
    this.name = name
    this.pids = options.pids
    this.#engine = engine
    this.#slots = options.slots
    this.#criteria = options.criteria
    this.#type = options.type ?? 'timed'
  }

  async load(payloads: readonly object[]): Promise<void> {
    await putQueue(this.#engine, 'default', { concurrency: this.#slots, paused: true })
    const tasks = payloads.map((payload) => JSON.stringify({ payload }))
    const { batch } = await createBatch(this.#engine, { type: this.#type, interruptionCriteria: this.#criteria, tasks })
    this.#batchId = batch.id
  }

  async run(): Promise<void> {
    await putQueue(this.#engine, 'default', { concurrency: this.#slots, paused: false })
    await untilCompleted(this.#engine, this.#batchId)
  }

  async results(): Promise<unknown[]> {
    const found: unknown[] = []
    for await (const page of readResults(this.#engine, this.#batchId)) {
      found.push(...page.map(({ resultText }) => JSON.parse(resultText ?? 'null') as unknown))
    }
    return found
  }

  async clear(): Promise<void> {
    await deleteBatch(this.#engine, this.#batchId)
  }
}
