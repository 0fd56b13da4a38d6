import { Limiter, type LimiterScope } from './limiter.ts'

/** The limiters of a process, one for each limit of the queues it serves. */
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

  /** Has a limit's tasks ask again at once. */
  retry(name: string): void {
    this.#limiters.get(name)?.retry()
  }

  /** Resolves once all released permits have been sent to Redis. */
  async flush(): Promise<void> {
    await Promise.all([...this.#limiters.values()].map(({ settlements }) => settlements.flush()))
  }
}
