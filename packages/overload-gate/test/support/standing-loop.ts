import type { EventLoop } from '../../src/event-loop.ts'

/** An event loop that stands still until a test turns it, on a clock that only the test moves. */
export class StandingLoop implements EventLoop {
  #now = 0
  #turns = 0
  #turnEnd: (() => void)[] = []

  now(): number {
    return this.#now
  }

  turnNumber(): number {
    return this.#turns
  }

  onTurnEnd(task: () => void): void {
    this.#turnEnd.push(task)
  }

  utilization(): number {
    return 0.5
  }

  /** Whether something is to run at the end of this turn, so that the loop does not sleep. */
  get isTurnScheduled(): boolean {
    return this.#turnEnd.length > 0
  }

  /** Lets time pass within a turn, as a handler does that computes. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** Ends the turn after some time. */
  turn(ms = 1): void {
    this.stall(ms)
    this.#turns += 1
    for (const task of this.#turnEnd.splice(0)) task()
  }
}
