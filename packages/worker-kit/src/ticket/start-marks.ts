import { markStarted, type Engine, type StartMark } from '@sluice/engine'

/**
 * Says which reserved tasks start, in one call for all tasks of a batch that say so in one tick. While each had a call of its
 * own, a start under a limit took Redis twice the time.
 */
export class StartMarks {
  readonly #engine: Engine
  readonly #marks = new Map<string, StartMark[]>()
  #sent: Promise<void> | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * Resolves once the mark has left, in the same tick. Its task must not start before: a handler may end the process, and the
   * attempt would not count. The reply is not waited for.
   */
  add(batchId: string, mark: StartMark): Promise<void> {
    const marks = this.#marks.get(batchId)
    if (marks) marks.push(mark)
    else this.#marks.set(batchId, [mark])
    this.#sent ??= this.#sendAll()
    return this.#sent
  }

  async #sendAll(): Promise<void> {
    // Runs once everything that one reply or one timer resolved has run.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    this.#sent = undefined
    for (const [batchId, marks] of this.#marks) {
      // A mark that is lost with the connection leaves its task an attempt too many.
      markStarted(this.#engine, batchId, marks).catch(() => {})
    }
    this.#marks.clear()
  }
}
