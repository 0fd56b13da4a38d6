import type { EventLoop } from '../../src/event-loop.ts'

/** An event loop that ticks only when a test says so, on a clock that only the test moves. */
export class StandingLoop implements EventLoop {
  #now = 0
  #ticks = 0
  #tickEnd: (() => void)[] = []

  now(): number {
    return this.#now
  }

  tickNumber(): number {
    return this.#ticks
  }

  onTickEnd(task: () => void): void {
    this.#tickEnd.push(task)
  }

  utilization(): number {
    return 0.5
  }

  /** Whether a task is scheduled for the end of this tick, so that the loop does not sleep. */
  get isTickScheduled(): boolean {
    return this.#tickEnd.length > 0
  }

  /** Lets time pass within a tick, as a handler that computes does. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** Ends the tick after some time. */
  tick(ms = 1): void {
    this.stall(ms)
    this.#ticks += 1
    for (const task of this.#tickEnd.splice(0)) task()
  }
}
