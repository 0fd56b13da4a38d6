import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine.ts'
import type { Batch } from '../model/batch.ts'
import { readBatch } from './read-batch.ts'

/** The interval at which a watched batch is read, in ms. */
const LOOK_EVERY_MS = 500

/**
 * Yields a snapshot of a batch, and another one after each change, at most twice a second. A watcher that is slow to ask
 * for the next one gets the latest. Ends after the snapshot in which the batch is finished, or when the signal is
 * aborted. Throws `BatchNotFoundError`, including when the batch is deleted meanwhile.
 *
 * All watchers of a batch share one lookout, so that a thousand of them cost Redis as much as one.
 */
export async function* watchBatch(
  engine: Engine,
  batchId: string,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<Batch> {
  let shown = await look(engine, batchId)
  yield shown.batch
  const news = new News()
  const leave = isFinished(shown.batch) ? () => {} : lookoutFor(engine, batchId).join(news)
  const stop = () => news.wake()
  signal.addEventListener('abort', stop)
  try {
    while (!signal.aborted && !isFinished(shown.batch)) {
      const latest = await news.take()
      // A look that began before this watcher's own may be older.
      if (latest === undefined || latest.begunAt < shown.begunAt || latest.content === shown.content) continue
      shown = latest
      yield shown.batch
    }
  } finally {
    signal.removeEventListener('abort', stop)
    leave()
  }
}

/** A batch as one look saw it. */
interface Look {
  batch: Batch
  /** When the look began, by performance.now(). */
  begunAt: number
  /** The batch without what changes with time alone. */
  content: string
}

async function look(engine: Engine, batchId: string): Promise<Look> {
  const begunAt = performance.now()
  const batch = await readBatch(engine, batchId)
  return { batch, begunAt, content: contentOf(batch) }
}

/** Where a watcher finds the latest look that it has not taken yet. */
class News {
  #latest: Look | undefined
  #error: unknown
  #wake = () => {}

  put(latest: Look): void {
    this.#latest = latest
    this.#wake()
  }

  fail(error: unknown): void {
    this.#error = error
    this.#wake()
  }

  wake(): void {
    this.#wake()
  }

  /** Waits for a look, or for being woken without one. Throws what the lookout failed with. */
  async take(): Promise<Look | undefined> {
    if (this.#latest === undefined && this.#error === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    if (this.#error !== undefined) throw this.#error
    const latest = this.#latest
    this.#latest = undefined
    return latest
  }
}

/** The lookouts of each engine, by batch. */
const lookouts = new WeakMap<Engine, Map<string, Lookout>>()

function lookoutFor(engine: Engine, batchId: string): Lookout {
  const ofEngine = lookouts.get(engine) ?? new Map<string, Lookout>()
  lookouts.set(engine, ofEngine)
  const lookout = ofEngine.get(batchId) ?? new Lookout(engine, batchId, () => ofEngine.delete(batchId))
  ofEngine.set(batchId, lookout)
  return lookout
}

/** Looks at a batch for its watchers, from the first one that joins until the last one has left. */
class Lookout {
  readonly #engine: Engine
  readonly #batchId: string
  readonly #onEnd: () => void
  readonly #watchers = new Set<News>()
  readonly #ending = new AbortController()

  constructor(engine: Engine, batchId: string, onEnd: () => void) {
    this.#engine = engine
    this.#batchId = batchId
    this.#onEnd = onEnd
    void this.#run()
  }

  /** Returns the function by which the watcher leaves. */
  join(news: News): () => void {
    this.#watchers.add(news)
    return () => {
      this.#watchers.delete(news)
      if (this.#watchers.size === 0) this.#end()
    }
  }

  async #run(): Promise<void> {
    let content = ''
    while (await this.#pause()) {
      try {
        const latest = await look(this.#engine, this.#batchId)
        if (latest.content !== content) for (const news of this.#watchers) news.put(latest)
        content = latest.content
      } catch (error) {
        this.#end()
        for (const news of this.#watchers) news.fail(error)
      }
    }
  }

  /** False once nothing is to be looked at any more. */
  async #pause(): Promise<boolean> {
    await sleep(LOOK_EVERY_MS, undefined, { signal: this.#ending.signal }).catch(() => {})
    return !this.#ending.signal.aborted
  }

  #end(): void {
    // Watchers of a failed lookout leave when another one may already have taken its place.
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    this.#onEnd()
  }
}

/** A cancelled batch is finished once its running tasks have ended, and its leased ones have been released. */
function isFinished({ state, counts }: Batch): boolean {
  return state === 'completed' || (state === 'cancelled' && counts.running + counts.pending + counts.delayed === 0)
}

/** Omits the rate, the estimate and the headroom, which change with time alone. */
function contentOf({ ratePerSecond: _rate, etaMs: _eta, headroom: _headroom, ...rest }: Batch): string {
  return JSON.stringify(rest)
}
