import { Limiter, type LimiterScope } from './limiter.ts'

/** The limiters of a process, one for each limit that its queues are under. */
export class Limiters {
  readonly #scope: LimiterScope
  readonly #limiters = new Map<string, Limiter>()

  constructor(scope: LimiterScope) {
    this.#scope = scope
  }

  open(name: string): Limiter {
    const limiter = this.#limiters.get(name) ?? new Limiter(this.#scope, name)
    this.#limiters.set(name, limiter)
    return limiter
  }

  pause(name: string, untilUs: number): void {
    this.#limiters.get(name)?.pauseUntil(untilUs)
  }

  /** Resolves when all that was given back is told. */
  async flush(): Promise<void> {
    await Promise.all([...this.#limiters.values()].map(({ returns }) => returns.flush()))
  }
}
