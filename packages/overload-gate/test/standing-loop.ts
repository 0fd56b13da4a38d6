import type { EventLoop, LoopTimer } from '../src/event-loop.ts'

/** An event loop that stands still until a test turns it, on a clock that only the test moves. */
export class StandingLoop implements EventLoop {
  #now = 0
  #turnEnd: (() => void)[] = []
  readonly #timers = new Set<{ dueAt: number; task: () => void }>()

  now(): number {
    return this.#now
  }

  onTurnEnd(task: () => void): void {
    this.#turnEnd.push(task)
  }

  timer(ms: number, task: () => void): LoopTimer {
    const timer = { dueAt: 0, task }
    return {
      start: () => {
        timer.dueAt = this.#now + ms
        this.#timers.add(timer)
      },
      stop: () => void this.#timers.delete(timer),
    }
  }

  utilization(): number {
    return 0.5
  }

  /** Whether anything would ever run again. */
  get isScheduled(): boolean {
    return this.isTurnScheduled || this.#timers.size > 0
  }

  /** Whether something is to run at the end of this turn, so that the loop does not sleep. */
  get isTurnScheduled(): boolean {
    return this.#turnEnd.length > 0
  }

  /** Lets time pass within a turn, as a handler does that computes. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** Ends the turn after some time: timers that are due, then what was scheduled for its end. */
  turn(ms = 1): void {
    this.stall(ms)
    for (const timer of [...this.#timers].filter(({ dueAt }) => dueAt <= this.#now)) {
      this.#timers.delete(timer)
      timer.task()
    }
    for (const task of this.#turnEnd.splice(0)) task()
  }
}
