import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '../engine.ts'

/** What one look saw. */
export interface Look {
  /** When the look began, by performance.now(). */
  begunAt: number
  /** Differs if anything differs that watchers are shown. */
  content: string
}

/** Where a watcher finds the latest look that it has not taken yet. */
export class News<Seen> {
  #latest: Seen | undefined
  #error: unknown
  #wake = () => {}

  put(latest: Seen): void {
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
  async take(): Promise<Seen | undefined> {
    if (this.#latest === undefined && this.#error === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    if (this.#error !== undefined) throw this.#error
    const latest = this.#latest
    this.#latest = undefined
    return latest
  }
}

/** What a lookout looks at, and how often. */
export interface LookoutOptions<Seen> {
  look: () => Promise<Seen>
  everyMs: number
}

/** Looks at something for its watchers, from the first one that joins until the last one has left. */
class Lookout<Seen extends Look> {
  readonly #options: LookoutOptions<Seen>
  readonly #onEnd: () => void
  readonly #watchers = new Set<News<Seen>>()
  readonly #ending = new AbortController()
  #latest: Promise<Seen> | undefined

  constructor(options: LookoutOptions<Seen>, onEnd: () => void) {
    this.#options = options
    this.#onEnd = onEnd
    void this.#run()
  }

  /** Returns the function by which the watcher leaves. */
  join(news: News<Seen>): () => void {
    this.#watchers.add(news)
    return () => {
      this.#watchers.delete(news)
      if (this.#watchers.size === 0) this.#end()
    }
  }

  /** Returns the last look, or the first one, which all that ask meanwhile share. */
  latest(): Promise<Seen> {
    return (this.#latest ??= this.#options.look())
  }

  async #run(): Promise<void> {
    let content = ''
    while (await this.#pause()) {
      try {
        const seen = await this.#options.look()
        this.#latest = Promise.resolve(seen)
        if (seen.content !== content) for (const news of this.#watchers) news.put(seen)
        content = seen.content
      } catch (error) {
        this.#end()
        for (const news of this.#watchers) news.fail(error)
      }
    }
  }

  /** False once nothing is to be looked at any more. */
  async #pause(): Promise<boolean> {
    await sleep(this.#options.everyMs, undefined, { signal: this.#ending.signal }).catch(() => {})
    // Two looks at once could overtake each other.
    await this.#latest?.catch(() => {})
    return !this.#ending.signal.aborted
  }

  #end(): void {
    // Watchers of a failed lookout leave when another one may already have taken its place.
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    this.#onEnd()
  }
}

/** The lookouts of each engine: all watchers of one thing share one. */
export class Lookouts<Seen extends Look> {
  readonly #ofEngines = new WeakMap<Engine, Map<string, Lookout<Seen>>>()

  /**
   * Returns the lookout for what has this key, or a new one.
   *
   * @param begin returns the options of a new lookout.
   */
  find(engine: Engine, key: string, begin: () => LookoutOptions<Seen>): Lookout<Seen> {
    const ofEngine = this.#ofEngines.get(engine) ?? new Map<string, Lookout<Seen>>()
    this.#ofEngines.set(engine, ofEngine)
    const lookout = ofEngine.get(key) ?? new Lookout(begin(), () => ofEngine.delete(key))
    ofEngine.set(key, lookout)
    return lookout
  }
}
