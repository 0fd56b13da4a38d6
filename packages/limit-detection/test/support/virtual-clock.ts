import type { Clock } from '../../src/clock.ts'

interface Timer {
  at: number
  fire: () => void
}

/** A clock whose time passes only when all work waits for it, so that hours take a second. */
export class VirtualClock implements Clock {
  #now: number
  #timers: Timer[] = []

  constructor(startsAt = 0) {
    this.#now = startsAt
  }

  now(): number {
    return this.#now
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    await new Promise<void>((resolve) => {
      const onAbort = () => {
        this.#timers = this.#timers.filter((other) => other !== timer)
        resolve()
      }
      const fire = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const timer = { at: this.#now + Math.max(0, ms), fire }
      this.#add(timer)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Advances the time until the work settles. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    void work
      .catch(() => {})
      .finally(() => {
        isDone = true
      })
    for (;;) {
      await new Promise(setImmediate)
      if (isDone) return await work
      const next = this.#timers.shift()
      if (next === undefined) throw new Error('The work waits for something other than the clock.')
      this.#now = Math.max(this.#now, next.at)
      next.fire()
    }
  }

  /** Keeps the timers sorted by time. Timers for the same time keep their order of creation. */
  #add(timer: Timer): void {
    let place = this.#timers.length
    while (place > 0 && (this.#timers[place - 1]?.at ?? 0) > timer.at) place -= 1
    this.#timers.splice(place, 0, timer)
  }
}
