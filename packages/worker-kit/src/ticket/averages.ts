import { RecentMap } from './recent-map.ts'

const MAX_BATCHES = 1000

/** Weight of the newest duration in an average. */
const WEIGHT = 0.1

/** Moving averages of how long tasks and turns take in this process. Slice sizes depend on them. */
export class Averages {
  readonly #batches = new RecentMap<BatchAverages>(MAX_BATCHES)
  #turnMs: number | undefined

  /** The averages of a batch. They outlast the runs of its tickets. */
  ofBatch(batchId: string): BatchAverages {
    const averages = this.#batches.get(batchId) ?? new BatchAverages()
    this.#batches.set(batchId, averages)
    return averages
  }

  /** Average duration of a turn, in ms; undefined before the first turn. */
  get turnMs(): number | undefined {
    return this.#turnMs
  }

  addTurn(durationMs: number): void {
    this.#turnMs = movingAverage(this.#turnMs, durationMs)
  }
}

/** What is known of a batch's tasks in this process. */
export class BatchAverages {
  /** Tasks asked for in the last turn of any of the batch's tickets; 0 before the first turn. */
  lastSliceSize = 0
  #taskMs: number | undefined

  /** Average duration of a task, in ms; undefined before the first task has ended. */
  get taskMs(): number | undefined {
    return this.#taskMs
  }

  addTask(durationMs: number): void {
    this.#taskMs = movingAverage(this.#taskMs, durationMs)
  }
}

function movingAverage(averageMs: number | undefined, durationMs: number): number {
  return averageMs === undefined ? durationMs : averageMs + WEIGHT * (durationMs - averageMs)
}
